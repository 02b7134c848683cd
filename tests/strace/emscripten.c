// System calls of Emscripten's C library, for emscripten.py.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
  mkdir("/work", 0755);
  chdir("/work");
  int fd = open("a", O_RDWR | O_CREAT, 0644);
  if (write(fd, "hello, world\n", 13) < 0) printf("write: %s\n", strerror(errno));
  lseek(fd, 0, SEEK_SET);
  char b[20];
  printf("read %d\n", (int)read(fd, b, 20));
  struct stat st;
  fstat(fd, &st);
  printf("size %d\n", (int)st.st_size);
  int second = dup(fd);
  close(second);
  ftruncate(fd, 5);
  close(fd);
  printf("open: %s\n", open("missing", O_RDONLY) < 0 ? strerror(errno) : "?");
  symlink("a", "soft");
  printf("readlink %d\n", (int)readlink("soft", b, 20));
  rename("a", "b");
  stat("b", &st);
  DIR *d = opendir("/work");
  int n = 0;
  while (readdir(d)) n++;
  closedir(d);
  printf("%d entries\n", n);
  unlink("b"); unlink("soft"); chdir("/"); rmdir("/work");
  return 0;
}
