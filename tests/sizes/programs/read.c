// Opens a file, copies it to stdout: the least that a program with files does.
#include <fcntl.h>
#include <unistd.h>

int main(void) {
  char buffer[4096];
  int fd = open("/data/hello.txt", O_RDONLY);
  if (fd < 0) return 1;
  for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;)
    if (write(STDOUT_FILENO, buffer, (size_t)n) != n) return 1;
  return close(fd) == 0 ? 0 : 1;
}
