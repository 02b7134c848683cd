// Programs that call WASI directly: what is done with descriptors.
#include <unistd.h>

#include "check.h"

enum {
  kRead = __WASI_RIGHTS_FD_READ,
  kWrite = __WASI_RIGHTS_FD_WRITE,
  kSeek = __WASI_RIGHTS_FD_SEEK,
  kTell = __WASI_RIGHTS_FD_TELL,
  kCreate = __WASI_OFLAGS_CREAT,
  kDirectory = __WASI_OFLAGS_DIRECTORY,
};

static Fd create(Fd dir, __wasi_rights_t rights, int fdflags) {
  return open_with(dir, 0, "file", kCreate, rights, fdflags);
}

static void close_and_unlink(Fd dir, Fd fd) {
  OK(__wasi_fd_close(fd));
  OK(__wasi_path_unlink_file(dir, "file"));
}

static void close_preopen(void) {
  Fd again = open_root();
  OK(__wasi_fd_close(kRoot));
  CHECK(fdstat(again).fs_filetype == __WASI_FILETYPE_DIRECTORY);
  __wasi_fdstat_t stat;
  FAILS(__wasi_fd_fdstat_get(kRoot, &stat), __WASI_ERRNO_BADF);
}

static void overwrite_preopen(void) {
  Fd again = open_root();
  __wasi_filestat_t before = filestat(again);
  OK(__wasi_fd_renumber(again, kRoot));
  __wasi_filestat_t after = filestat(kRoot);
  CHECK(before.dev == after.dev && before.ino == after.ino);
  __wasi_fdstat_t stat;
  FAILS(__wasi_fd_fdstat_get(again, &stat), __WASI_ERRNO_BADF);
  OK(__wasi_fd_close(kRoot));
}

// What was removed while, or after, it was open can be made anew.
static void dangling_fd(void) {
  Fd dir = make_scratch();
  create_file(dir, "file");
  OK(opening(dir, 0, "file", 0));
  OK(__wasi_path_unlink_file(dir, "file"));
  create_file(dir, "file");
  OK(__wasi_path_unlink_file(dir, "file"));
  OK(__wasi_path_create_directory(dir, "sub"));
  OK(opening(dir, 0, "sub", kDirectory));
  OK(__wasi_path_remove_directory(dir, "sub"));
  OK(__wasi_path_create_directory(dir, "sub"));
  OK(__wasi_path_remove_directory(dir, "sub"));
  remove_scratch(dir);
}

#define NOT_ON_A_DIRECTORY __WASI_ERRNO_ISDIR, __WASI_ERRNO_BADF, __WASI_ERRNO_NOTCAPABLE

static void dir_fd_op_failures(void) {
  Fd dir = open_root();
  CHECK(filestat(dir).filetype == __WASI_FILETYPE_DIRECTORY);
  __wasi_prestat_t preopened;
  OK(__wasi_fd_prestat_get(kRoot, &preopened));
  CHECK(preopened.tag == __WASI_PREOPENTYPE_DIR && preopened.u.dir.pr_name_len == 1);
  uint8_t name[2] = {'?', '?'};
  FAILS(__wasi_fd_prestat_dir_name(kRoot, name, 0), __WASI_ERRNO_INVAL, __WASI_ERRNO_NAMETOOLONG);
  OK(__wasi_fd_prestat_dir_name(kRoot, name, 2)); // more room than is needed
  CHECK(name[0] == '/' && name[1] == '?');

  uint8_t bytes[128] = {0};
  __wasi_iovec_t in = {bytes, sizeof bytes};
  __wasi_ciovec_t out = {bytes, sizeof bytes};
  size_t count;
  __wasi_filesize_t offset;
  FAILS(__wasi_fd_read(dir, &in, 1, &count), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_pread(dir, &in, 1, 0, &count), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_write(dir, &out, 1, &count), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_pwrite(dir, &out, 1, 0, &count), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_seek(dir, 0, __WASI_WHENCE_SET, &offset), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_seek(dir, 0, __WASI_WHENCE_CUR, &offset), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_seek(dir, 0, __WASI_WHENCE_END, &offset), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_tell(dir, &offset), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_allocate(dir, 0, 1), NOT_ON_A_DIRECTORY);
  FAILS(__wasi_fd_filestat_set_size(dir, 0), NOT_ON_A_DIRECTORY, __WASI_ERRNO_INVAL);
}

static void directory_seek(void) {
  Fd dir = make_scratch();
  OK(__wasi_path_create_directory(dir, "sub"));
  Fd sub = open_with(dir, 0, "sub", kDirectory, kSeek, 0);
  __wasi_filesize_t offset;
  FAILS(__wasi_fd_seek(sub, 0, __WASI_WHENCE_CUR, &offset), NOT_ON_A_DIRECTORY);
  __wasi_fdstat_t stat = fdstat(sub);
  CHECK(stat.fs_filetype == __WASI_FILETYPE_DIRECTORY);
  CHECK((stat.fs_rights_base & kSeek) == 0);
  OK(__wasi_fd_close(sub));
  OK(__wasi_path_remove_directory(dir, "sub"));
  remove_scratch(dir);
}

static const __wasi_rights_t kSizes = __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE |
                                      __WASI_RIGHTS_FD_FILESTAT_SET_TIMES | __WASI_RIGHTS_FD_ALLOCATE |
                                      __WASI_RIGHTS_FD_ADVISE;

static void fd_advise(void) {
  Fd dir = make_scratch(), fd = create(dir, kRead | kWrite | kSizes, 0);
  CHECK(filestat(fd).size == 0);
  OK(__wasi_fd_filestat_set_size(fd, 100));
  CHECK(filestat(fd).size == 100);
  OK(__wasi_fd_advise(fd, 10, 50, __WASI_ADVICE_NORMAL));
  CHECK(filestat(fd).size == 100);
  OK(__wasi_fd_allocate(fd, 100, 100));
  CHECK(filestat(fd).size == 200);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

static void file_allocate(void) {
  Fd dir = make_scratch(), fd = create(dir, kRead | kWrite | kSizes, 0);
  CHECK(filestat(fd).size == 0);
  OK(__wasi_fd_allocate(fd, 0, 100));
  CHECK(filestat(fd).size == 100);
  OK(__wasi_fd_allocate(fd, 10, 10)); // inside: the size stays
  CHECK(filestat(fd).size == 100);
  OK(__wasi_fd_allocate(fd, 90, 20));
  CHECK(filestat(fd).size == 110);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

static void fd_filestat_set(void) {
  Fd dir = make_scratch(), fd = create(dir, kRead | kWrite | kSizes, 0);
  CHECK(filestat(fd).size == 0);
  OK(__wasi_fd_filestat_set_size(fd, 100));
  __wasi_filestat_t before = filestat(fd);
  CHECK(before.size == 100);
  OK(__wasi_fd_filestat_set_times(fd, before.mtim - 100, before.mtim - 100, __WASI_FSTFLAGS_MTIM));
  __wasi_filestat_t after = filestat(fd);
  CHECK(after.size == 100 && after.mtim == before.mtim - 100 && after.atim == before.atim);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

static void fstflags_validate(void) {
  Fd dir = make_scratch(), fd = create(dir, kRead | kSizes, 0);
  FAILS(__wasi_fd_filestat_set_times(fd, 100, 200, __WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW),
        __WASI_ERRNO_INVAL);
  FAILS(__wasi_fd_filestat_set_times(fd, 100, 200, __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW),
        __WASI_ERRNO_INVAL);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

#define WITHOUT_THE_RIGHT __WASI_ERRNO_BADF, __WASI_ERRNO_NOTCAPABLE

static void fd_fdstat_set_rights(void) {
  Fd dir = make_scratch(), fd = create(dir, kRead | kWrite | kSeek | kTell, 0);
  uint8_t bytes[4] = {0, 1, 2, 3}, back[4];
  size_t count;
  write_all(fd, bytes, 4);
  CHECK(seek(fd, 0, __WASI_WHENCE_SET) == 0);
  CHECK(read_some(fd, back, 4) == 4 && memcmp(bytes, back, 4) == 0);

  __wasi_fdstat_t all = fdstat(fd);
  OK(__wasi_fd_fdstat_set_rights(fd, all.fs_rights_base & ~(__wasi_rights_t)(kRead | kWrite),
                                 all.fs_rights_inheriting));
  __wasi_fdstat_t fewer = fdstat(fd);
  CHECK((fewer.fs_rights_base & (kRead | kWrite)) == 0 && (fewer.fs_rights_base & kSeek) != 0);
  FAILS(reading(fd, back, 4, &count), WITHOUT_THE_RIGHT);
  FAILS(writing(fd, bytes, 4, &count), WITHOUT_THE_RIGHT);
  FAILS(__wasi_fd_fdstat_set_rights(fd, fewer.fs_rights_base | kRead | kWrite,
                                    fewer.fs_rights_inheriting | kRead | kWrite),
        __WASI_ERRNO_NOTCAPABLE);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

static void fd_flags_set(void) {
  Fd dir = make_scratch();
  Fd fd =
      create(dir, kRead | kWrite | kSeek | kTell | __WASI_RIGHTS_FD_FDSTAT_SET_FLAGS, __WASI_FDFLAGS_APPEND);
  uint8_t written[100], back[100];
  for (int round = 0; round < 2; ++round) { // each round appends, wherever the offset is
    memset(written, round, sizeof written);
    CHECK(seek(fd, 0, __WASI_WHENCE_SET) == 0);
    write_all(fd, written, sizeof written);
    CHECK(seek(fd, 100 * round, __WASI_WHENCE_SET) == (__wasi_filesize_t)(100 * round));
    CHECK(read_some(fd, back, sizeof back) == 100 && memcmp(written, back, 100) == 0);
  }
  OK(__wasi_fd_fdstat_set_flags(fd, 0));
  memset(written, 2, sizeof written);
  CHECK(seek(fd, 0, __WASI_WHENCE_SET) == 0);
  write_all(fd, written, sizeof written);
  CHECK(seek(fd, 0, __WASI_WHENCE_SET) == 0);
  CHECK(read_some(fd, back, sizeof back) == 100 && memcmp(written, back, 100) == 0);
  OK(__wasi_fd_close(fd));
  CHECK(filestat_at(dir, 0, "file").size == 200);
  OK(__wasi_path_unlink_file(dir, "file"));
  remove_scratch(dir);
}

enum { kMost = 16, kPiece = 256 };
typedef struct {
  __wasi_dirent_t head;
  char name[32];
} Entry;

// The entries from `cookie` on that are whole in one buffer of 256 bytes. Gives their number, and whether all
// was told.
static size_t list(Fd fd, __wasi_dircookie_t cookie, Entry *entries, bool *end) {
  uint8_t buffer[kPiece];
  size_t used, count = 0;
  OK(__wasi_fd_readdir(fd, buffer, sizeof buffer, cookie, &used));
  CHECK(used <= sizeof buffer);
  *end = used < sizeof buffer;
  for (size_t at = 0; at + sizeof(__wasi_dirent_t) <= used; ++count) {
    CHECK(count < kMost);
    Entry *entry = &entries[count];
    memcpy(&entry->head, buffer + at, sizeof entry->head);
    at += sizeof entry->head;
    if (at + entry->head.d_namlen > used) break;
    CHECK(entry->head.d_namlen < sizeof entry->name);
    memcpy(entry->name, buffer + at, entry->head.d_namlen);
    entry->name[entry->head.d_namlen] = 0;
    at += entry->head.d_namlen;
  }
  return count;
}

static const Entry *named(const Entry *entries, size_t count, const char *name) {
  for (size_t i = 0; i < count; ++i)
    if (strcmp(entries[i].name, name) == 0) return &entries[i];
  fail(__FILE__, __LINE__, name, -1);
}

static void fd_readdir(void) {
  Fd dir = make_scratch();
  Entry entries[kMost];
  bool end;
  CHECK(list(dir, 0, entries, &end) == 2 && end);
  const Entry *self = named(entries, 2, "."), *parent = named(entries, 2, "..");
  CHECK(self->head.d_type == __WASI_FILETYPE_DIRECTORY && self->head.d_ino == filestat(dir).ino);
  CHECK(parent->head.d_type == __WASI_FILETYPE_DIRECTORY);

  Fd fd = create(dir, kRead | kWrite | kSizes, 0);
  __wasi_inode_t inode = filestat(fd).ino;
  OK(__wasi_fd_close(fd));
  CHECK(list(dir, 0, entries, &end) == 3 && end);
  const Entry *file = named(entries, 3, "file");
  CHECK(named(entries, 3, ".") && named(entries, 3, ".."));
  CHECK(file->head.d_type == __WASI_FILETYPE_REGULAR_FILE && file->head.d_ino == inode);
  Entry rest[kMost];
  CHECK(list(dir, entries[1].head.d_next, rest, &end) == 1 && end); // on from the second
  CHECK(strcmp(rest[0].name, entries[2].name) == 0);
  OK(__wasi_path_unlink_file(dir, "file"));

  enum { kFiles = 100 };
  char name[16];
  for (int i = 0; i < kFiles; ++i) snprintf(name, sizeof name, "file.%d", i), create_file(dir, name);
  size_t total = 0;
  __wasi_dircookie_t cookie = 0;
  for (end = false; !end;) {
    size_t count = list(dir, cookie, entries, &end);
    total += count;
    if (!end) {
      CHECK(count > 0);
      cookie = entries[count - 1].head.d_next;
    }
  }
  CHECK(total == kFiles + 2);
  for (int i = 0; i < kFiles; ++i) {
    snprintf(name, sizeof name, "file.%d", i);
    OK(__wasi_path_unlink_file(dir, name));
  }
  remove_scratch(dir);
}

static void file_pread_pwrite(void) {
  Fd dir = make_scratch(), fd = create(dir, kRead | kWrite | kSeek, 0);
  uint8_t bytes[4] = {0, 1, 2, 3}, back[4] = {9, 9, 9, 9};
  __wasi_ciovec_t out = {bytes, 4}, halves_out[] = {{bytes, 2}, {bytes + 2, 2}};
  __wasi_iovec_t in = {back, 4}, halves_in[] = {{back, 2}, {back + 2, 2}};
  size_t count;
  OK(__wasi_fd_pwrite(fd, &out, 1, 0, &count));
  CHECK(count == 4);
  OK(__wasi_fd_pread(fd, &in, 1, 0, &count));
  CHECK(count == 4 && memcmp(bytes, back, 4) == 0);

  // In two parts. A host may do less than all at once, but never nothing.
  size_t done = 0;
  OK(__wasi_fd_pwrite(fd, halves_out, 2, 0, &done));
  CHECK(done == 4 || done == 2);
  memset(back, 9, 4);
  OK(__wasi_fd_pread(fd, halves_in, 2, 0, &count));
  CHECK((count == 4 || count == 2) && memcmp(bytes, back, count) == 0);
  OK(__wasi_fd_pread(fd, halves_in, 2, 4, &count));
  CHECK(count == 0);

  memset(back, 0, 4);
  OK(__wasi_fd_pread(fd, &in, 1, 2, &count));
  CHECK(count == 2 && memcmp(back, "\2\3\0\0", 4) == 0);
  __wasi_ciovec_t two = {(const uint8_t *)"\1\0", 2};
  OK(__wasi_fd_pwrite(fd, &two, 1, 2, &count));
  CHECK(count == 2);
  OK(__wasi_fd_pread(fd, &in, 1, 0, &count));
  CHECK(count == 4 && memcmp(back, "\0\1\1\0", 4) == 0);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

static void file_seek_tell(void) {
  Fd dir = make_scratch(), fd = create(dir, kRead | kWrite | kSeek | kTell, 0);
  uint8_t bytes[100] = {0};
  __wasi_filesize_t offset;
  OK(__wasi_fd_tell(fd, &offset));
  CHECK(offset == 0);
  write_all(fd, bytes, 100);
  OK(__wasi_fd_tell(fd, &offset));
  CHECK(offset == 100);
  CHECK(seek(fd, -50, __WASI_WHENCE_CUR) == 50);
  CHECK(seek(fd, 0, __WASI_WHENCE_SET) == 0);
  CHECK(seek(fd, 1000, __WASI_WHENCE_CUR) == 1000);
  FAILS(__wasi_fd_seek(fd, -2000, __WASI_WHENCE_CUR, &offset), __WASI_ERRNO_INVAL);
  CHECK(seek(fd, 0, __WASI_WHENCE_SET) == 0);
  CHECK(read_some(fd, bytes, 100) == 100);
  OK(__wasi_fd_tell(fd, &offset));
  CHECK(offset == 100);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

static void file_truncation(void) {
  Fd dir = make_scratch(), fd = create(dir, kWrite, 0);
  write_all(fd, "to be cut off", 13);
  OK(__wasi_fd_close(fd));
  fd = open_with(dir, 0, "file", kCreate | __WASI_OFLAGS_TRUNC, kRead | kWrite, 0);
  char back[16];
  CHECK(read_some(fd, back, sizeof back) == 0);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

// What one descriptor writes another one reads at once.
static void file_unbuffered_write(void) {
  Fd dir = make_scratch(), reader = create(dir, kRead, 0), writer = open_with(dir, 0, "file", 0, kWrite, 0);
  write_all(writer, "x", 1);
  char back = 0;
  CHECK(read_some(reader, &back, 1) == 1 && back == 'x');
  OK(__wasi_fd_close(writer));
  close_and_unlink(dir, reader);
  remove_scratch(dir);
}

static void isatty_of_a_file(void) {
  Fd dir = make_scratch(), fd = create(dir, 0, 0);
  CHECK(isatty((int)fd) == 0);
  close_and_unlink(dir, fd);
  remove_scratch(dir);
}

static void renumber(void) {
  Fd dir = make_scratch();
  Fd from = open_with(dir, 0, "from", kCreate, kRead | kWrite, 0),
     to = open_with(dir, 0, "to", kCreate, kRead | kWrite, 0);
  __wasi_fdstat_t before = fdstat(from);
  OK(__wasi_fd_renumber(from, to));
  FAILS(__wasi_fd_close(from), __WASI_ERRNO_BADF);
  __wasi_fdstat_t after = fdstat(to);
  CHECK(before.fs_filetype == after.fs_filetype && before.fs_flags == after.fs_flags);
  CHECK(before.fs_rights_base == after.fs_rights_base &&
        before.fs_rights_inheriting == after.fs_rights_inheriting);
  FAILS(__wasi_fd_renumber(to, from), __WASI_ERRNO_BADF); // onto one that is not open
  OK(__wasi_fd_close(to));
  OK(__wasi_path_unlink_file(dir, "from"));
  OK(__wasi_path_unlink_file(dir, "to"));
  remove_scratch(dir);
}

static void stdio(void) {
  Fd dir = make_scratch();
  for (Fd stream = 0; stream < 3; ++stream) {
    Fd to; // may be the number of a stream that has moved
    OK(try_open(dir, 0, "file", kCreate, 0, 0, &to));
    OK(__wasi_fd_renumber(stream, to));
    fdstat(to);
    __wasi_fdstat_t stat;
    CHECK(__wasi_fd_fdstat_get(stream, &stat) != 0);
    OK(__wasi_path_unlink_file(dir, "file"));
  }
  remove_scratch(dir);
}

const Program kDescriptors[] = {
    {"rust/close_preopen", close_preopen},
    {"rust/dangling_fd", dangling_fd},
    {"rust/dir_fd_op_failures", dir_fd_op_failures},
    {"rust/directory_seek", directory_seek},
    {"rust/fd_advise", fd_advise},
    {"rust/fd_fdstat_set_rights", fd_fdstat_set_rights},
    {"rust/fd_filestat_set", fd_filestat_set},
    {"rust/fd_flags_set", fd_flags_set},
    {"rust/fd_readdir", fd_readdir},
    {"rust/file_allocate", file_allocate},
    {"rust/file_pread_pwrite", file_pread_pwrite},
    {"rust/file_seek_tell", file_seek_tell},
    {"rust/file_truncation", file_truncation},
    {"rust/file_unbuffered_write", file_unbuffered_write},
    {"rust/fstflags_validate", fstflags_validate},
    {"rust/isatty", isatty_of_a_file},
    {"rust/overwrite_preopen", overwrite_preopen},
    {"rust/renumber", renumber},
    {"rust/stdio", stdio},
    {NULL, NULL},
};
