// Programs that call WASI directly: what is done with paths.
#include "check.h"

enum {
  kRead = __WASI_RIGHTS_FD_READ,
  kWrite = __WASI_RIGHTS_FD_WRITE,
  kCreate = __WASI_OFLAGS_CREAT,
  kDirectory = __WASI_OFLAGS_DIRECTORY,
};

// path_open with a path that holds a zero byte, which wasi-libc's wrapper cannot pass.
Wasi path_open_of_bytes(Fd, int, const char *, size_t, int, uint64_t, uint64_t, int, Fd *)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("path_open")));

static void dangling_symlink(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_symlink("target", dir, "symlink"));
  FAILS(opening(dir, 0, "symlink", kDirectory), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_LOOP);
  FAILS(opening(dir, 0, "symlink", 0), __WASI_ERRNO_LOOP);
  OK(__wasi_path_unlink_file(dir, "symlink"));
  remove_scratch(dir);
}

#define OUTSIDE __WASI_ERRNO_PERM, __WASI_ERRNO_NOTCAPABLE
#define NO_SUCH_DIRECTORY __WASI_ERRNO_NOTDIR, __WASI_ERRNO_NOENT

static void interesting_paths(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_create_directory(dir, "dir"));
  OK(__wasi_path_create_directory(dir, "dir/nested"));
  create_file(dir, "dir/nested/file");
  FAILS(opening(dir, 0, "/dir/nested/file", 0), OUTSIDE);
  OK(opening(dir, 0, "dir/.//nested/../../dir/nested/../nested///./file", 0));
  Fd fd;
  FAILS(path_open_of_bytes(dir, 0, "dir/nested/file\0", 16, 0, 0, 0, 0, &fd), __WASI_ERRNO_INVAL,
        __WASI_ERRNO_ILSEQ, __WASI_ERRNO_NOENT);
  OK(path_open_of_bytes(dir, 0, "dir/nested/file\0", 15, 0, 0, 0, 0,
                        &fd)); // the zero byte is behind the path
  OK(__wasi_fd_close(fd));
  FAILS(opening(dir, 0, "dir/nested/file/", 0), NO_SUCH_DIRECTORY);
  FAILS(opening(dir, 0, "dir/nested/file///", 0), NO_SUCH_DIRECTORY);
  OK(opening(dir, 0, "dir/nested/", 0));
  OK(opening(dir, 0, "dir/nested///", 0));
  FAILS(opening(dir, 0, "dir/nested/../../../dir/nested/file", 0), OUTSIDE);
  OK(__wasi_path_unlink_file(dir, "dir/nested/file"));
  OK(__wasi_path_remove_directory(dir, "dir/nested"));
  OK(__wasi_path_remove_directory(dir, "dir"));
  remove_scratch(dir);
}

static void nofollow_errors(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_create_directory(dir, "target"));
  OK(__wasi_path_symlink("target", dir, "symlink"));
  FAILS(opening(dir, 0, "symlink", kDirectory), __WASI_ERRNO_LOOP, __WASI_ERRNO_NOTDIR);
  FAILS(opening(dir, 0, "symlink", 0), __WASI_ERRNO_LOOP, __WASI_ERRNO_ACCES);
  OK(opening(dir, kFollow, "symlink", kDirectory));
  OK(__wasi_path_remove_directory(dir, "target"));
  create_file(dir, "target"); // the same name, now a file
  FAILS(opening(dir, 0, "symlink", kDirectory), __WASI_ERRNO_LOOP, __WASI_ERRNO_NOTDIR);
  FAILS(opening(dir, 0, "symlink", 0), __WASI_ERRNO_LOOP);
  FAILS(opening(dir, kFollow, "symlink", kDirectory), __WASI_ERRNO_NOTDIR);
  OK(__wasi_path_unlink_file(dir, "target"));
  OK(__wasi_path_unlink_file(dir, "symlink"));
  remove_scratch(dir);
}

static void path_exists(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_create_directory(dir, "sub"));
  create_file(dir, "sub/file");
  OK(__wasi_path_symlink("sub/file", dir, "to-file"));
  OK(__wasi_path_symlink("sub", dir, "to-sub"));
  static const struct {
    const char *path;
    __wasi_filetype_t itself, followed;
  } kWanted[] = {
      {"sub", __WASI_FILETYPE_DIRECTORY, __WASI_FILETYPE_DIRECTORY},
      {"sub/file", __WASI_FILETYPE_REGULAR_FILE, __WASI_FILETYPE_REGULAR_FILE},
      {"to-file", __WASI_FILETYPE_SYMBOLIC_LINK, __WASI_FILETYPE_REGULAR_FILE},
      {"to-sub", __WASI_FILETYPE_SYMBOLIC_LINK, __WASI_FILETYPE_DIRECTORY},
  };
  for (size_t i = 0; i < sizeof kWanted / sizeof *kWanted; ++i) {
    CHECK(filestat_at(dir, 0, kWanted[i].path).filetype == kWanted[i].itself);
    CHECK(filestat_at(dir, kFollow, kWanted[i].path).filetype == kWanted[i].followed);
  }
  OK(__wasi_path_unlink_file(dir, "to-file"));
  OK(__wasi_path_unlink_file(dir, "to-sub"));
  OK(__wasi_path_unlink_file(dir, "sub/file"));
  OK(__wasi_path_remove_directory(dir, "sub"));
  remove_scratch(dir);
}

static void path_filestat(void) {
  Fd dir = make_scratch();
  CHECK(fdstat(dir).fs_rights_base & __WASI_RIGHTS_PATH_FILESTAT_GET);
  const __wasi_fdflags_t flags = __WASI_FDFLAGS_APPEND | __WASI_FDFLAGS_SYNC;
  Fd fd = open_with(dir, 0, "file", kCreate, kRead | kWrite | __WASI_RIGHTS_PATH_FILESTAT_GET, flags);
  CHECK((fdstat(fd).fs_flags & flags) == flags);
  __wasi_filestat_t before = filestat_at(dir, 0, "file");
  CHECK(before.size == 0);
  __wasi_timestamp_t time = before.mtim - 100;
  OK(__wasi_path_filestat_set_times(dir, 0, "file", 0, time, __WASI_FSTFLAGS_MTIM));
  CHECK(filestat_at(dir, 0, "file").mtim == time);
  FAILS(__wasi_path_filestat_set_times(dir, 0, "file", 0, time + 1,
                                       __WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW),
        __WASI_ERRNO_INVAL);
  FAILS(__wasi_path_filestat_set_times(dir, 0, "file", 0, 0, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW),
        __WASI_ERRNO_INVAL);
  CHECK(filestat_at(dir, 0, "file").mtim == time);
  OK(__wasi_fd_close(fd));
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

// `file` and the hard link `link` in `where` are one file, through whatever name it is opened.
static void hold_linked(Fd dir, Fd where) {
  const __wasi_rights_t rights = kRead | __WASI_RIGHTS_FD_FILESTAT_GET;
  Fd a = open_with(dir, 0, "file", 0, rights, 0), b = open_with(where, 0, "link", 0, rights, 0);
  __wasi_filestat_t one = filestat(a), other = filestat(b);
  CHECK(one.dev == other.dev && one.ino == other.ino && one.size == other.size &&
        one.filetype == other.filetype);
  CHECK(one.nlink == 2 && other.nlink == 2);
  CHECK(one.atim == other.atim && one.mtim == other.mtim && one.ctim == other.ctim);
  __wasi_fdstat_t first = fdstat(a), second = fdstat(b);
  CHECK(first.fs_flags == second.fs_flags && first.fs_filetype == second.fs_filetype);
  CHECK(first.fs_rights_base == second.fs_rights_base &&
        first.fs_rights_inheriting == second.fs_rights_inheriting);
  OK(__wasi_fd_close(a));
  OK(__wasi_fd_close(b));
}

static void path_link(void) {
  Fd dir = make_scratch();
  create_file(dir, "file");
  OK(__wasi_path_link(dir, 0, "file", dir, "link"));
  hold_linked(dir, dir);
  OK(__wasi_path_unlink_file(dir, "link"));

  OK(__wasi_path_create_directory(dir, "sub"));
  Fd sub;
  __wasi_fdstat_t all = fdstat(dir);
  OK(__wasi_path_open(dir, 0, "sub", kDirectory, all.fs_rights_base, all.fs_rights_inheriting, 0, &sub));
  OK(__wasi_path_link(dir, 0, "file", sub, "link"));
  hold_linked(dir, sub);
  OK(__wasi_path_unlink_file(sub, "link"));
  OK(__wasi_fd_close(sub));

  create_file(dir, "link");
  FAILS(__wasi_path_link(dir, 0, "file", dir, "link"), __WASI_ERRNO_EXIST);
  OK(__wasi_path_unlink_file(dir, "link"));
  FAILS(__wasi_path_link(dir, 0, "file", dir, "file"), __WASI_ERRNO_EXIST);
  FAILS(__wasi_path_link(dir, 0, "file", dir, "sub"), __WASI_ERRNO_EXIST);
  FAILS(__wasi_path_link(dir, 0, "sub", dir, "link"), __WASI_ERRNO_PERM, __WASI_ERRNO_ACCES);
  OK(__wasi_path_remove_directory(dir, "sub"));
  FAILS(__wasi_path_link(dir, 0, "file", dir, "link/"), __WASI_ERRNO_NOENT);

  // A symlink is linked itself, whether it leads nowhere or to itself.
  static const char *const kTargets[] = {"nowhere", "symlink"};
  for (int i = 0; i < 2; ++i) {
    OK(__wasi_path_symlink(kTargets[i], dir, "symlink"));
    OK(__wasi_path_link(dir, 0, "symlink", dir, "link"));
    CHECK(filestat_at(dir, 0, "link").filetype == __WASI_FILETYPE_SYMBOLIC_LINK);
    OK(__wasi_path_unlink_file(dir, "symlink"));
    OK(__wasi_path_unlink_file(dir, "link"));
  }
  OK(__wasi_path_symlink("nowhere", dir, "symlink"));
  FAILS(__wasi_path_link(dir, 0, "file", dir, "symlink"), __WASI_ERRNO_EXIST);
  FAILS(__wasi_path_link(dir, kFollow, "symlink", dir, "link"), __WASI_ERRNO_INVAL, __WASI_ERRNO_NOENT);
  OK(__wasi_path_unlink_file(dir, "symlink"));
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

static void path_open_create_existing(void) {
  Fd dir = make_scratch();
  create_file(dir, "file");
  FAILS(opening(dir, 0, "file", kCreate | __WASI_OFLAGS_EXCL), __WASI_ERRNO_EXIST);
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

static void path_open_dirfd_not_dir(void) {
  Fd dir = make_scratch(), file = open_with(dir, 0, "file", kCreate, 0, 0);
  FAILS(opening(file, 0, "below", kCreate), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_NOTCAPABLE);
  OK(__wasi_fd_close(file));
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

static void path_open_missing(void) {
  Fd dir = make_scratch();
  FAILS(opening(dir, 0, "file", 0), __WASI_ERRNO_NOENT);
  remove_scratch(dir);
}

static void path_open_nonblock(void) { open_with(open_root(), 0, ".", 0, 0, __WASI_FDFLAGS_NONBLOCK); }

// What C libraries expect of a preopened directory.
static const __wasi_rights_t kDirectoryRights =
    __WASI_RIGHTS_PATH_CREATE_DIRECTORY | __WASI_RIGHTS_PATH_CREATE_FILE | __WASI_RIGHTS_PATH_LINK_SOURCE |
    __WASI_RIGHTS_PATH_LINK_TARGET | __WASI_RIGHTS_PATH_OPEN | __WASI_RIGHTS_FD_READDIR |
    __WASI_RIGHTS_PATH_READLINK | __WASI_RIGHTS_PATH_RENAME_SOURCE | __WASI_RIGHTS_PATH_RENAME_TARGET |
    __WASI_RIGHTS_PATH_SYMLINK | __WASI_RIGHTS_PATH_REMOVE_DIRECTORY | __WASI_RIGHTS_PATH_UNLINK_FILE |
    __WASI_RIGHTS_PATH_FILESTAT_GET | __WASI_RIGHTS_PATH_FILESTAT_SET_TIMES | __WASI_RIGHTS_FD_FILESTAT_GET |
    __WASI_RIGHTS_FD_FILESTAT_SET_TIMES;
static const __wasi_rights_t kFileRights =
    __WASI_RIGHTS_FD_DATASYNC | __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK |
    __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS | __WASI_RIGHTS_FD_SYNC | __WASI_RIGHTS_FD_TELL |
    __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_ADVISE | __WASI_RIGHTS_FD_ALLOCATE |
    __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE | __WASI_RIGHTS_FD_FILESTAT_SET_TIMES |
    __WASI_RIGHTS_POLL_FD_READWRITE;

static void path_open_preopen(void) {
  __wasi_prestat_t preopened;
  OK(__wasi_fd_prestat_get(kRoot, &preopened));
  CHECK(preopened.tag == __WASI_PREOPENTYPE_DIR);
  __wasi_fdstat_t stat = fdstat(kRoot);
  CHECK((stat.fs_rights_base & kDirectoryRights) == kDirectoryRights);
  CHECK((stat.fs_rights_inheriting & (kDirectoryRights | kFileRights)) == (kDirectoryRights | kFileRights));
  Fd fd;
  OK(__wasi_path_open(kRoot, 0, ".", 0, stat.fs_rights_base, stat.fs_rights_inheriting, 0, &fd));
  open_with(kRoot, 0, ".", 0, 0, 0);
  open_with(kRoot, 0, ".", kDirectory, 0, 0);
  open_with(kRoot, 0, ".", kDirectory, kRead, 0);
  FAILS(try_open(kRoot, 0, ".", kDirectory, kRead | kWrite, 0, &fd), __WASI_ERRNO_ISDIR);
}

#define NOT_PERMITTED __WASI_ERRNO_BADF, __WASI_ERRNO_NOTCAPABLE, __WASI_ERRNO_ACCES

static void path_open_read_write(void) {
  Fd dir = make_scratch();
  create_file(dir, "file");
  uint8_t back[100], bytes[50];
  memset(bytes, 1, sizeof bytes);
  size_t count;

  Fd fd = open_with(dir, 0, "file", 0, kRead, 0);
  CHECK((fdstat(fd).fs_rights_base & (kRead | kWrite)) == kRead);
  CHECK(read_some(fd, back, 100) == 0);
  FAILS(writing(fd, bytes, 50, &count), NOT_PERMITTED);
  OK(__wasi_fd_close(fd));

  fd = open_with(dir, 0, "file", 0, kWrite, 0);
  CHECK((fdstat(fd).fs_rights_base & (kRead | kWrite)) == kWrite);
  FAILS(reading(fd, back, 100, &count), NOT_PERMITTED);
  write_all(fd, bytes, 50);
  OK(__wasi_fd_close(fd));

  fd = open_with(dir, 0, "file", 0, kRead | kWrite | __WASI_RIGHTS_FD_FILESTAT_GET, 0);
  CHECK((fdstat(fd).fs_rights_base & (kRead | kWrite)) == (kRead | kWrite));
  CHECK(read_some(fd, back, 100) == 50 && memcmp(back, bytes, 50) == 0);
  write_all(fd, bytes, 25); // behind what was read
  CHECK(filestat(fd).size == 75);
  OK(__wasi_fd_close(fd));
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

static void hold_renamed(Fd dir, int oflags) {
  FAILS(opening(dir, 0, "source", oflags), __WASI_ERRNO_NOENT);
  OK(opening(dir, 0, "target", oflags));
}

static void path_rename(void) {
  Fd dir = make_scratch();
  for (int existing = 0; existing < 2; ++existing) { // a directory to a new name, and onto an empty directory
    OK(__wasi_path_create_directory(dir, "source"));
    if (existing) OK(__wasi_path_create_directory(dir, "target"));
    OK(__wasi_path_rename(dir, "source", dir, "target"));
    hold_renamed(dir, kDirectory);
    OK(__wasi_path_remove_directory(dir, "target"));
  }
  OK(__wasi_path_create_directory(dir, "source"));
  OK(__wasi_path_create_directory(dir, "target"));
  create_file(dir, "target/file");
  FAILS(__wasi_path_rename(dir, "source", dir, "target"), __WASI_ERRNO_NOTEMPTY);
  FAILS(__wasi_path_rename(dir, "source", dir, "target/file"), __WASI_ERRNO_NOTDIR);
  OK(__wasi_path_unlink_file(dir, "target/file"));
  OK(__wasi_path_remove_directory(dir, "target"));
  OK(__wasi_path_remove_directory(dir, "source"));

  for (int existing = 0; existing < 2; ++existing) { // a file to a new name, and onto a file
    create_file(dir, "source");
    if (existing) create_file(dir, "target");
    OK(__wasi_path_rename(dir, "source", dir, "target"));
    hold_renamed(dir, 0);
    OK(__wasi_path_unlink_file(dir, "target"));
  }
  create_file(dir, "source");
  OK(__wasi_path_create_directory(dir, "target"));
  FAILS(__wasi_path_rename(dir, "source", dir, "target"), __WASI_ERRNO_ISDIR);
  OK(__wasi_path_remove_directory(dir, "target"));
  OK(__wasi_path_unlink_file(dir, "source"));
  remove_scratch(dir);
}

static void path_rename_dir_trailing_slashes(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_create_directory(dir, "source"));
  OK(__wasi_path_rename(dir, "source/", dir, "target"));
  OK(__wasi_path_rename(dir, "target", dir, "source/"));
  OK(__wasi_path_rename(dir, "source/", dir, "target/"));
  OK(__wasi_path_rename(dir, "target", dir, "source"));
  OK(__wasi_path_remove_directory(dir, "source"));
  remove_scratch(dir);
}

static void path_symlink_trailing_slashes(void) {
  Fd dir = make_scratch();
  FAILS(__wasi_path_symlink("source", dir, "target/"), __WASI_ERRNO_NOENT);
  OK(__wasi_path_symlink("source", dir, "target"));
  OK(__wasi_path_unlink_file(dir, "target"));

  OK(__wasi_path_create_directory(dir, "target"));
  FAILS(__wasi_path_symlink("source", dir, "target/"), __WASI_ERRNO_EXIST);
  FAILS(__wasi_path_symlink("source", dir, "target"), __WASI_ERRNO_EXIST);
  OK(__wasi_path_remove_directory(dir, "target"));

  create_file(dir, "target");
  FAILS(__wasi_path_symlink("source", dir, "target/"), __WASI_ERRNO_NOTDIR, __WASI_ERRNO_EXIST);
  FAILS(__wasi_path_symlink("source", dir, "target"), __WASI_ERRNO_EXIST);
  OK(__wasi_path_unlink_file(dir, "target"));
  remove_scratch(dir);
}

static void readlink_at(void) {
  Fd dir = make_scratch();
  create_file(dir, "target");
  OK(__wasi_path_symlink("target", dir, "symlink"));
  uint8_t buffer[10] = {0};
  size_t used;
  OK(__wasi_path_readlink(dir, "symlink", buffer, sizeof buffer, &used));
  CHECK(used == 6 && memcmp(buffer, "target\0\0\0\0", 10) == 0);
  memset(buffer, 0, sizeof buffer);
  OK(__wasi_path_readlink(dir, "symlink", buffer, 4, &used)); // what fits
  CHECK(used == 4 && memcmp(buffer, "targ\0\0", 6) == 0);
  OK(__wasi_path_unlink_file(dir, "target"));
  OK(__wasi_path_unlink_file(dir, "symlink"));
  remove_scratch(dir);
}

static void remove_directory_trailing_slashes(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_create_directory(dir, "dir"));
  OK(__wasi_path_remove_directory(dir, "dir"));
  OK(__wasi_path_create_directory(dir, "dir"));
  OK(__wasi_path_remove_directory(dir, "dir/"));
  create_file(dir, "file");
  FAILS(__wasi_path_remove_directory(dir, "file"), __WASI_ERRNO_NOTDIR);
  FAILS(__wasi_path_remove_directory(dir, "file/"), __WASI_ERRNO_NOTDIR);
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

static void remove_nonempty_directory(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_create_directory(dir, "dir"));
  OK(__wasi_path_create_directory(dir, "dir/nested"));
  FAILS(__wasi_path_remove_directory(dir, "dir"), __WASI_ERRNO_NOTEMPTY);
  OK(__wasi_path_remove_directory(dir, "dir/nested"));
  OK(__wasi_path_remove_directory(dir, "dir"));
  remove_scratch(dir);
}

static void symlink_create(void) {
  Fd dir = make_scratch();
  create_file(dir, "target");
  OK(__wasi_path_symlink("target", dir, "symlink"));
  OK(opening(dir, kFollow, "symlink", 0));
  OK(__wasi_path_unlink_file(dir, "target"));
  OK(__wasi_path_create_directory(dir, "target"));
  OK(opening(dir, kFollow, "symlink", kDirectory));
  OK(__wasi_path_unlink_file(dir, "symlink"));
  OK(__wasi_path_remove_directory(dir, "target"));
  CHECK(__wasi_path_symlink("/", dir, "symlink") != 0); // no absolute targets in WASI
  remove_scratch(dir);
}

static void symlink_filestat(void) {
  Fd dir = make_scratch();
  CHECK(fdstat(dir).fs_rights_base & __WASI_RIGHTS_PATH_FILESTAT_GET);
  create_file(dir, "file");
  OK(__wasi_path_symlink("file", dir, "symlink"));
  __wasi_filestat_t file = filestat_at(dir, 0, "file"), symlink = filestat_at(dir, 0, "symlink");
  CHECK(file.size == 0);
  OK(__wasi_path_filestat_set_times(dir, 0, "symlink", 0, symlink.mtim - 200, __WASI_FSTFLAGS_MTIM));
  CHECK(filestat_at(dir, 0, "symlink").mtim == symlink.mtim - 200);
  CHECK(filestat_at(dir, 0, "file").mtim == file.mtim);
  CHECK(filestat_at(dir, kFollow, "symlink").mtim == file.mtim);
  OK(__wasi_path_filestat_set_times(dir, kFollow, "symlink", 0, symlink.mtim - 300, __WASI_FSTFLAGS_MTIM));
  CHECK(filestat_at(dir, 0, "file").mtim == symlink.mtim - 300);
  CHECK(filestat_at(dir, 0, "symlink").mtim == symlink.mtim - 200);
  OK(__wasi_path_unlink_file(dir, "symlink"));
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

static void symlink_loop(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_symlink("symlink", dir, "symlink"));
  FAILS(opening(dir, 0, "symlink", 0), __WASI_ERRNO_LOOP);
  FAILS(opening(dir, kFollow, "symlink", 0), __WASI_ERRNO_LOOP);
  OK(__wasi_path_unlink_file(dir, "symlink"));
  remove_scratch(dir);
}

static void truncation_rights(void) {
  const int truncate = __WASI_OFLAGS_TRUNC;
  Fd dir = make_scratch();
  create_file(dir, "file");
  __wasi_fdstat_t stat = fdstat(dir);
  CHECK(stat.fs_filetype == __WASI_FILETYPE_DIRECTORY && stat.fs_flags == 0);
  CHECK((stat.fs_rights_base & __WASI_RIGHTS_FD_FILESTAT_SET_SIZE) == 0);
  CHECK((stat.fs_rights_base & __WASI_RIGHTS_PATH_FILESTAT_SET_SIZE) != 0);
  OK(opening(dir, 0, "file", truncate));
  // Without the right to set sizes through descriptors a file can be cut when it is opened; without the right
  // to set them by path it cannot.
  __wasi_rights_t base = stat.fs_rights_base, inheriting = stat.fs_rights_inheriting;
  inheriting &= ~__WASI_RIGHTS_FD_FILESTAT_SET_SIZE;
  OK(__wasi_fd_fdstat_set_rights(dir, base, inheriting));
  OK(opening(dir, 0, "file", truncate));
  base &= ~__WASI_RIGHTS_PATH_FILESTAT_SET_SIZE;
  OK(__wasi_fd_fdstat_set_rights(dir, base, inheriting));
  CHECK((fdstat(dir).fs_rights_base & __WASI_RIGHTS_PATH_FILESTAT_SET_SIZE) == 0);
  FAILS(opening(dir, 0, "file", truncate), __WASI_ERRNO_PERM, __WASI_ERRNO_NOTCAPABLE);
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

static void unlink_file_trailing_slashes(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_create_directory(dir, "dir"));
  FAILS(__wasi_path_unlink_file(dir, "dir"), __WASI_ERRNO_ISDIR);
  FAILS(__wasi_path_unlink_file(dir, "dir/"), __WASI_ERRNO_ISDIR);
  OK(__wasi_path_remove_directory(dir, "dir"));
  create_file(dir, "file");
  FAILS(__wasi_path_unlink_file(dir, "file/"), __WASI_ERRNO_NOTDIR);
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

const Program kPaths[] = {
    {"rust/dangling_symlink", dangling_symlink},
    {"rust/interesting_paths", interesting_paths},
    {"rust/nofollow_errors", nofollow_errors},
    {"rust/path_exists", path_exists},
    {"rust/path_filestat", path_filestat},
    {"rust/path_link", path_link},
    {"rust/path_open_create_existing", path_open_create_existing},
    {"rust/path_open_dirfd_not_dir", path_open_dirfd_not_dir},
    {"rust/path_open_missing", path_open_missing},
    {"rust/path_open_nonblock", path_open_nonblock},
    {"rust/path_open_preopen", path_open_preopen},
    {"rust/path_open_read_write", path_open_read_write},
    {"rust/path_rename", path_rename},
    {"rust/path_rename_dir_trailing_slashes", path_rename_dir_trailing_slashes},
    {"rust/path_symlink_trailing_slashes", path_symlink_trailing_slashes},
    {"rust/readlink", readlink_at},
    {"rust/remove_directory_trailing_slashes", remove_directory_trailing_slashes},
    {"rust/remove_nonempty_directory", remove_nonempty_directory},
    {"rust/symlink_create", symlink_create},
    {"rust/symlink_filestat", symlink_filestat},
    {"rust/symlink_loop", symlink_loop},
    {"rust/truncation_rights", truncation_rights},
    {"rust/unlink_file_trailing_slashes", unlink_file_trailing_slashes},
    {NULL, NULL},
};
