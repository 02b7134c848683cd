// Every file operation that wasi-libc offers, on a packed tree (/assets) and on files of its own.
// Prints what it saw; the transcript is compared with expected/files.txt.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// The name of the errno of a call that has to fail, or "ok".
static const char *outcome(int result) {
  if (result >= 0) return "ok";
  switch (errno) {
  case EBADF: return "EBADF";
  case EEXIST: return "EEXIST";
  case EINVAL: return "EINVAL";
  case EISDIR: return "EISDIR";
  case ELOOP: return "ELOOP";
  case ENAMETOOLONG: return "ENAMETOOLONG";
  case ENOENT: return "ENOENT";
  case ENOTDIR: return "ENOTDIR";
  case ENOTEMPTY: return "ENOTEMPTY";
  default: return strerror(errno);
  }
}

static void show(const char *what, int result) { printf("%s: %s\n", what, outcome(result)); }

static void put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0) show(path, -1);
}

static void cat(const char *path) {
  char buffer[256];
  int fd = open(path, O_RDONLY);
  ssize_t got = fd < 0 ? -1 : read(fd, buffer, sizeof buffer - 1);
  if (got < 0) {
    printf("%s: %s\n", path, outcome(-1));
    return;
  }
  buffer[got] = 0;
  printf("%s: %zd bytes: %s%s", path, got, buffer, got && buffer[got - 1] == '\n' ? "" : "\n");
  close(fd);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path) {
  char *names[64];
  int count = 0;
  DIR *dir = opendir(path);
  if (!dir) {
    show(path, -1);
    return;
  }
  for (struct dirent *entry; (entry = readdir(dir)) && count < 64;) {
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) names[count++] = strdup(entry->d_name);
  }
  closedir(dir);
  qsort(names, count, sizeof *names, by_name);
  printf("%s:", path);
  for (int i = 0; i < count; i++) printf(" %s", names[i]);
  printf("\n");
}

static void packed(void) {
  struct stat st;
  cat("/assets/hello.txt");
  cat("/assets/link");
  cat("/assets/empty");
  list("/assets");
  show("lstat link", lstat("/assets/link", &st));
  printf("link is a symlink: %d, target length %lld\n", S_ISLNK(st.st_mode), (long long)st.st_size);

  unsigned char bytes[10000];
  int fd = open("/assets/sub/data.bin", O_RDWR);
  ssize_t got = read(fd, bytes, sizeof bytes);
  int wrong = 0;
  for (int i = 0; i < got; i++) wrong += bytes[i] != (unsigned char)(i * 7 + 3);
  printf("data.bin: %zd bytes, %d wrong\n", got, wrong);
  // A first write to packed content copies only what it touches.
  pwrite(fd, "PATCH", 5, 4094);
  pread(fd, bytes, 9, 4092);
  printf("patched: %02x %02x %.5s %02x %02x\n", bytes[0], bytes[1], (char *)bytes + 2, bytes[7], bytes[8]);
  fstat(fd, &st);
  printf("size after patch: %lld\n", (long long)st.st_size);
  close(fd);
  show("unlink packed", unlink("/assets/empty"));
  show("rename packed", rename("/assets/hello.txt", "/assets/sub/moved.txt"));
  list("/assets");
  list("/assets/sub");
  cat("/assets/sub/moved.txt");
}

static void flags(void) {
  put("/f", "one\n");
  show("O_EXCL on a file", open("/f", O_WRONLY | O_CREAT | O_EXCL, 0644));
  show("O_EXCL on a dangling symlink", symlink("nowhere", "/dangling") ? -1 : open("/dangling", O_WRONLY | O_CREAT | O_EXCL, 0644));
  show("O_NOFOLLOW", open("/dangling", O_RDONLY | O_NOFOLLOW));
  show("open dangling", open("/dangling", O_RDONLY));
  show("O_DIRECTORY on a file", open("/f", O_RDONLY | O_DIRECTORY));
  show("write to a directory", open("/", O_WRONLY));
  show("missing", open("/missing/f", O_RDONLY));
  show("file as a directory", open("/f/g", O_RDONLY));
  show("missing/..", open("/missing/../f", O_RDONLY));
  int fd = open("/f", O_WRONLY | O_APPEND);
  write(fd, "two\n", 4);
  lseek(fd, 0, SEEK_SET);
  write(fd, "three\n", 6);
  printf("offset after append: %lld\n", (long long)lseek(fd, 0, SEEK_CUR));
  close(fd);
  cat("/f");
  fd = open("/f", O_RDONLY);
  show("write on a read-only descriptor", write(fd, "x", 1));
  close(fd);
  show("read after close", read(fd, &fd, 1));
  put("/f", "short");
  cat("/f");
}

static void sizes(void) {
  int fd = open("/sparse", O_RDWR | O_CREAT | O_TRUNC, 0600);
  struct stat st;
  char c = 'x';
  printf("seek: %lld\n", (long long)lseek(fd, 1000000, SEEK_SET));
  write(fd, "end", 3);
  fstat(fd, &st);
  printf("sparse size: %lld\n", (long long)st.st_size);
  pread(fd, &c, 1, 500000);
  printf("hole: %d\n", c);
  show("ftruncate down", ftruncate(fd, 10));
  show("ftruncate up", ftruncate(fd, 20));
  printf("SEEK_END: %lld\n", (long long)lseek(fd, 0, SEEK_END));
  show("seek before the start", lseek(fd, -1, SEEK_SET) < 0 ? -1 : 0);
  struct iovec out[2] = {{"abc", 3}, {"defg", 4}};
  lseek(fd, 0, SEEK_SET);
  printf("writev: %zd\n", writev(fd, out, 2));
  char a[4] = {0}, b[5] = {0};
  struct iovec in[2] = {{a, 3}, {b, 4}};
  lseek(fd, 0, SEEK_SET);
  printf("readv: %zd %s %s\n", readv(fd, in, 2), a, b);
  close(fd);
  unlink("/sparse");
}

static void names(void) {
  struct stat st, other;
  show("mkdir", mkdir("/d", 0755));
  show("mkdir again", mkdir("/d", 0755));
  show("mkdir deep", mkdir("/d/e", 0755));
  put("/d/e/x", "x");
  show("rmdir not empty", rmdir("/d/e"));
  show("rename a directory", rename("/d/e", "/d/renamed"));
  cat("/d/renamed/x");
  show("rename into itself", rename("/d", "/d/renamed/d"));
  put("/d/y", "y");
  show("rename over a file", rename("/d/y", "/d/renamed/x"));
  cat("/d/renamed/x");
  show("rename a file over a directory", mkdir("/d/empty", 0755) ? 0 : rename("/d/renamed/x", "/d/empty"));
  show("rename a directory over an empty one", rename("/d/renamed", "/d/empty"));
  show("and back", rename("/d/empty", "/d/renamed"));
  show("link", link("/d/renamed/x", "/d/hard"));
  stat("/d/hard", &st);
  stat("/d/renamed/x", &other);
  printf("links: %d, same inode: %d\n", (int)st.st_nlink, st.st_ino == other.st_ino);
  show("symlink", symlink("renamed/x", "/d/soft"));
  char target[32] = {0};
  printf("readlink: %zd %s\n", readlink("/d/soft", target, sizeof target), target);
  cat("/d/soft");
  show("symlink loop", symlink("loop", "/d/loop") ? -1 : open("/d/loop", O_RDONLY));
  show("unlink a directory", unlink("/d/renamed") == 0 ? 0 : -1);
  show("rmdir a file", rmdir("/d/hard"));
  list("/d");
  char name[300];
  memset(name, 'n', sizeof name - 1);
  name[0] = '/';
  name[sizeof name - 1] = 0;
  show("a name of 298", open(name, O_WRONLY | O_CREAT, 0644));
}

static void unlinked(void) {
  put("/gone", "still here");
  int fd = open("/gone", O_RDWR);
  show("unlink while open", unlink("/gone"));
  char buffer[16] = {0};
  read(fd, buffer, 15);
  struct stat st;
  fstat(fd, &st);
  printf("read after unlink: %s, links: %d\n", buffer, (int)st.st_nlink);
  show("open after unlink", open("/gone", O_RDONLY));
  close(fd);
}

// mkstemp is not in wasi-libc: what it does is a loop over O_EXCL.
static void temporary(void) {
  mkdir("/tmp", 0777);
  int made = 0;
  for (int i = 0; i < 50; i++) {
    char path[32];
    unsigned random;
    getentropy(&random, sizeof random);
    snprintf(path, sizeof path, "/tmp/t%08x", random);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0) continue;
    made += write(fd, path, sizeof path) == sizeof path;
    close(fd);
  }
  printf("temporary files: %d\n", made);
  // Removing entries while listing must not skip or repeat any.
  int removed = 0;
  DIR *dir = opendir("/tmp");
  for (struct dirent *entry; (entry = readdir(dir));) {
    char path[300];
    snprintf(path, sizeof path, "/tmp/%s", entry->d_name);
    if (entry->d_name[0] == 't') removed += unlink(path) == 0;
  }
  closedir(dir);
  printf("removed while listing: %d\n", removed);
  list("/tmp");
}

static void times(void) {
  time_t now = time(NULL);
  struct timespec when[2] = {{1000000000, 123456789}, {1100000000, 987654321}};
  struct stat st;
  show("utimensat", utimensat(AT_FDCWD, "/f", when, 0));
  stat("/f", &st);
  printf("atime %lld.%09ld mtime %lld.%09ld\n", (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
         (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
  put("/f", "newer");
  stat("/f", &st);
  printf("written later: %d\n", st.st_mtim.tv_sec >= now);
}

// The application's heap grows far beyond the start while files are written and read back.
static void growth(void) {
  enum { block = 65536, blocks = 320 };
  int fd = open("/big", O_RDWR | O_CREAT | O_TRUNC, 0644);
  long sum = 0, check = 0, dirty = 0;
  for (int i = 0; i < blocks; i++) {
    unsigned char *memory = calloc(1, block); // kept: memory.grow has to happen in between
    for (int j = 0; j < block; j++) dirty += memory[j];
    memset(memory, i, block);
    sum += (long)(unsigned char)i * block;
    if (write(fd, memory, block) != block) show("write", -1);
  }
  static unsigned char back[block];
  lseek(fd, 0, SEEK_SET);
  for (int i = 0; i < blocks && read(fd, back, block) == block; i++)
    for (int j = 0; j < block; j++) check += back[j];
  printf("20 MiB written and read back: %s, fresh memory is zero: %s\n", sum == check ? "equal" : "DIFFERENT",
         dirty ? "NO" : "yes");
  close(fd);
  unlink("/big");
}

int main(void) {
  packed();
  flags();
  sizes();
  names();
  unlinked();
  temporary();
  times();
  growth();
  list("/");
  return 0;
}
