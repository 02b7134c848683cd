// A toolbox that runs as a WASI program: `box COMMAND ARGS...`, several separated by "--".
// The end-to-end tests look through it at what a packed program sees.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  return 1;
}

static int cat(const char *path) {
  char buffer[4096];
  int fd = strcmp(path, "-") ? open(path, O_RDONLY) : 0;
  if (fd < 0) return fail(path);
  fflush(stdout);
  ssize_t got;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) write(1, buffer, got);
  if (fd) close(fd);
  return got < 0 ? fail(path) : 0;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int ls(const char *path) {
  static char *names[100000];
  int count = 0;
  DIR *dir = opendir(path);
  if (!dir) return fail(path);
  for (struct dirent *entry; (entry = readdir(dir)) && count < 100000;)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) names[count++] = strdup(entry->d_name);
  closedir(dir);
  qsort(names, count, sizeof *names, by_name);
  for (int i = 0; i < count; i++) printf("%s%c", names[i], i + 1 < count ? ' ' : '\n');
  return 0;
}

static int show_stat(const char *path) {
  struct stat st;
  if (lstat(path, &st)) return fail(path);
  const char *kind = S_ISDIR(st.st_mode) ? "directory" : S_ISLNK(st.st_mode) ? "symlink" : S_ISREG(st.st_mode) ? "file" : "other";
  printf("%s: %s, %lld bytes, links %d, mtime %lld\n", path, kind, (long long)st.st_size, (int)st.st_nlink,
         (long long)st.st_mtim.tv_sec);
  return 0;
}

// A printed negative is errno, so that a test shows the error and goes on.
static int put(const char *path, const char *text, int flags) {
  int fd = open(path, O_WRONLY | O_CREAT | flags, 0644);
  if (fd < 0) return fail(path);
  if (write(fd, text, strlen(text)) < 0 || write(fd, "\n", 1) < 0) return fail(path);
  return close(fd) ? fail(path) : 0;
}

// Writes `count` bytes in blocks; says where it ended.
static int fill(const char *path, long count) {
  static char block[65536];
  long done = 0;
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return fail(path);
  for (; done < count;) {
    ssize_t wrote = write(fd, block, count - done < 65536 ? count - done : 65536);
    if (wrote <= 0) {
      printf("after %ld bytes: ", done);
      fail(path);
      close(fd);
      return 1;
    }
    done += wrote;
  }
  printf("wrote %ld bytes\n", done);
  return close(fd);
}

static int make_many(const char *prefix, int count) {
  char path[300];
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s%d", prefix, i);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd < 0) {
      printf("at %d: ", i);
      return fail(path);
    }
    close(fd);
  }
  printf("made %d\n", count);
  return 0;
}

static int open_many(const char *path, int count) {
  for (int i = 0; i < count; i++) {
    if (open(path, O_RDONLY) < 0) {
      printf("at %d: ", i);
      return fail(path);
    }
  }
  printf("opened %d\n", count);
  return 0;
}

static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static int command(int argc, char **argv) {
  const char *name = argv[0], *one = argc > 1 ? argv[1] : "", *two = argc > 2 ? argv[2] : "";
  if (is(name, "cat")) return cat(one);
  if (is(name, "ls")) return ls(argc > 1 ? one : "/");
  if (is(name, "stat")) return show_stat(one);
  if (is(name, "put")) return put(one, two, O_TRUNC);
  if (is(name, "append")) return put(one, two, O_APPEND);
  if (is(name, "mkdir")) return mkdir(one, 0755) ? fail(one) : 0;
  if (is(name, "rm")) return unlink(one) ? fail(one) : 0;
  if (is(name, "rmdir")) return rmdir(one) ? fail(one) : 0;
  if (is(name, "mv")) return rename(one, two) ? fail(one) : 0;
  if (is(name, "ln")) return link(one, two) ? fail(one) : 0;
  if (is(name, "symlink")) return symlink(one, two) ? fail(two) : 0;
  if (is(name, "fill")) return fill(one, atol(two));
  if (is(name, "many")) return make_many(one, atoi(two));
  if (is(name, "open")) return open_many(one, atoi(two));
  if (is(name, "echo")) return printf("%s\n", one) < 0;
  if (is(name, "error")) return fprintf(stderr, "%s\n", one) < 0;
  if (is(name, "trap")) __builtin_trap();
  if (is(name, "exit")) exit(atoi(one));
  if (is(name, "args")) {
    for (int i = 0; i < argc; i++) printf("%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
    return 0;
  }
  if (is(name, "env")) {
    for (char **variable = environ; *variable; variable++) printf("%s\n", *variable);
    return 0;
  }
  if (is(name, "readlink")) {
    char target[4096];
    ssize_t length = readlink(one, target, sizeof target - 1);
    if (length < 0) return fail(one);
    printf("%.*s\n", (int)length, target);
    return 0;
  }
  if (is(name, "date")) {
    printf("%lld\n", (long long)time(NULL));
    return 0;
  }
  if (is(name, "random")) {
    unsigned char bytes[8];
    if (getentropy(bytes, sizeof bytes)) return fail("random");
    for (int i = 0; i < 8; i++) printf("%02x", bytes[i]);
    printf("\n");
    return 0;
  }
  if (is(name, "spin")) { // announces itself, then runs until it is killed
    printf("spinning\n");
    fflush(stdout);
    for (volatile int i = 0;; i++) {
    }
  }
  printf("box: no command %s\n", name);
  return 2;
}

int main(int argc, char **argv) {
  int worst = 0;
  for (int i = 1; i < argc;) {
    int end = i;
    while (end < argc && !is(argv[end], "--")) end++;
    int result = command(end - i, argv + i);
    if (result > worst) worst = result;
    i = end + 1;
  }
  return worst;
}
