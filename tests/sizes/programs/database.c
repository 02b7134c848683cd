// The calls of an embedded database: its file and its journal, by position, synced, cut and removed.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char page[4096];

int main(void) {
  struct stat st;
  char link[256], here[256];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (!getcwd(here, sizeof here) || access("/data", R_OK | W_OK) != 0) return 1;
  if (readlink("/data/base.db", link, sizeof link) >= 0) return 1;
  int base = open("/data/base.db", O_RDWR | O_CREAT, 0644);
  int journal = open("/data/base.db-journal", O_RDWR | O_CREAT | O_EXCL, 0644);
  if (base < 0 || journal < 0 || lstat("/data/base.db", &st) != 0 || fstat(base, &st) != 0) return 1;
  for (int i = 0; i < 8; i++) {
    memset(page, 'a' + i, sizeof page);
    if (pwrite(journal, page, sizeof page, i * 4096) != sizeof page) return 1;
    if (pwrite(base, page, sizeof page, i * 4096) != sizeof page) return 1;
  }
  if (fsync(journal) != 0 || fdatasync(base) != 0) return 1;
  if (pread(base, page, sizeof page, 4096) != sizeof page || page[0] != 'b') return 1;
  if (ftruncate(journal, 0) != 0 || lseek(base, 0, SEEK_END) != 8 * 4096) return 1;
  struct timespec times[2] = {now, now};
  if (futimens(base, times) != 0) return 1;
  close(journal);
  close(base);
  if (unlink("/data/base.db-journal") != 0 || rename("/data/base.db", "/data/old.db") != 0) return 1;
  printf("%s\n", strerror(errno));
  return 0;
}
