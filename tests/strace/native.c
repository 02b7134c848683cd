// The same calls natively and as WebAssembly, for native.py. Between the two removals of names
// that do not exist, every line is one system call on one file of the current directory; open descriptors
// are given the lowest free number on both sides.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char buffer[5000];

static void files(void) {
  int a = open("a", O_RDWR | O_CREAT, 0644);
  write(a, "hello, world\n", 13);
  lseek(a, 0, SEEK_SET);
  read(a, buffer, 5);
  lseek(a, -3, SEEK_END);
  read(a, buffer, 100);
  read(a, buffer, 100);
  pread(a, buffer, 4, 7);
  pwrite(a, "W", 1, 7);
  int b = open("a", O_RDONLY);
  read(b, buffer, sizeof buffer);
  write(b, "no", 2);
  close(b);
  ftruncate(a, 5);
  lseek(a, -1, SEEK_SET);
  fsync(a);
  fdatasync(a);
  close(a);
  close(a);
  a = open("a", O_WRONLY | O_APPEND);
  write(a, "\t\"quoted\"\\\n", 11);
  read(a, buffer, 1);
  close(a);
  a = open("a", O_WRONLY | O_TRUNC);
  memset(buffer, 'x', sizeof buffer);
  write(a, buffer, sizeof buffer);
  close(a);
  open("a", O_WRONLY | O_CREAT | O_EXCL, 0600);
  open("a", O_RDONLY | O_DIRECTORY);
  open("missing/file", O_WRONLY | O_CREAT, 0644);
  open("a/file", O_RDONLY);
}

static void names(void) {
  struct stat st;
  mkdir("d", 0755);
  mkdir("d", 0755);
  mkdir("d/e", 0700);
  rename("a", "d/b");
  rename("a", "d/c");
  rename("d", "d/e/f");
  link("d/b", "hard");
  symlink("d/b", "soft");
  symlink("loop", "loop");
  readlink("soft", buffer, 100);
  readlink("d", buffer, 100);
  open("loop", O_RDONLY);
  open("soft", O_RDONLY | O_NOFOLLOW);
  stat("soft", &st);
  lstat("soft", &st);
  stat("nothing", &st);
  stat("hard", &st);
  int d = open("d", O_RDONLY | O_DIRECTORY);
  int b = openat(d, "b", O_RDONLY);
  fstat(b, &st);
  unlinkat(d, "none", 0);
  mkdirat(d, "g", 0755);
  renameat(d, "g", d, "h");
  unlinkat(d, "h", AT_REMOVEDIR);
  close(b);
  close(d);
  rmdir("d");
  rmdir("hard");
  unlink("d/e");
  rmdir("d/e");
  unlink("d/b");
  unlink("hard");
  unlink("soft");
  unlink("loop");
  rmdir("d");
}

int main(void) {
  unlink("--begin");
  files();
  names();
  unlink("--end");
  return 0;
}
