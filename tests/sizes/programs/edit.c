// Opens, creates, reads, writes and removes.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  char buffer[4096];
  int in = open("/data/hello.txt", O_RDONLY);
  if (in < 0) return 1;
  ssize_t n = read(in, buffer, sizeof buffer);
  close(in);
  int out = open("/data/copy.txt", O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (n < 0 || out < 0 || write(out, buffer, (size_t)n) != n) return 1;
  char again[sizeof buffer];
  if (lseek(out, 0, SEEK_SET) != 0 || read(out, again, sizeof again) != n || memcmp(buffer, again, (size_t)n)) return 1;
  close(out);
  printf("%zd bytes\n", n);
  return unlink("/data/copy.txt") == 0 ? 0 : 1;
}
