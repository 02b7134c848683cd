// Programs as C makes them: through wasi-libc.
#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static void clock_getres_monotonic(void) {
  struct timespec resolution;
  CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0);
}

static void clock_getres_realtime(void) {
  struct timespec resolution;
  CHECK(clock_getres(CLOCK_REALTIME, &resolution) == 0);
}

static void clock_gettime_monotonic(void) {
  struct timespec before, after;
  CHECK(clock_gettime(CLOCK_MONOTONIC, &before) == 0);
  CHECK(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
  CHECK(after.tv_sec > before.tv_sec || (after.tv_sec == before.tv_sec && after.tv_nsec >= before.tv_nsec));
}

static void clock_gettime_realtime(void) {
  struct timespec now;
  CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
}

static void fdopendir_with_access(void) {
  int fd = open("listed", O_RDONLY | O_DIRECTORY);
  CHECK(fd >= 0);
  DIR *dir = fdopendir(fd);
  CHECK(dir != NULL);
  ino_t inodes[2] = {0, 0};
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (entry->d_name[0] == '.') continue;
    CHECK(strcmp(entry->d_name, "one") == 0 || strcmp(entry->d_name, "two") == 0);
    struct stat found;
    CHECK(fstatat(fd, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0);
    CHECK(found.st_ino == entry->d_ino);
    ino_t *inode = &inodes[entry->d_name[0] == 't'];
    CHECK(*inode == 0); // each name once
    *inode = entry->d_ino;
  }
  CHECK(inodes[0] != 0 && inodes[1] != 0 && inodes[0] != inodes[1]);
  CHECK(closedir(dir) == 0);
}

static void fopen_with_access(void) {
  FILE *file = fopen("words", "r");
  CHECK(file != NULL);
  CHECK(fclose(file) == 0);
}

// Run without any directory.
static void fopen_with_no_access(void) {
  CHECK(fopen("words", "r") == NULL);
  CHECK(errno == ENOTCAPABLE || errno == ENOENT);
}

static void lseek_of_a_stream(void) {
  FILE *file = fopen("words", "r"); // "0123456\n"
  CHECK(file != NULL);
  int fd = fileno(file);
  char buffer[4];
  CHECK(fread(buffer, 1, 4, file) == 4);
  fflush(file);
  CHECK(lseek(fd, 0, SEEK_CUR) == 4);
  CHECK(fread(buffer, 1, 1, file) == 1 && buffer[0] == '4');
  fflush(file);
  CHECK(lseek(fd, 0, SEEK_CUR) == 5);
  CHECK(lseek(fd, 0, SEEK_SET) == 0);
  CHECK(lseek(fd, 0, SEEK_END) == 8);
  CHECK(fclose(file) == 0);
}

static void pread_with_access(void) {
  int fd = open("words", O_RDONLY);
  CHECK(fd > 0);
  char buffer[16];
  CHECK(pread(fd, buffer, 3, 4) == 3 && memcmp(buffer, "456", 3) == 0);
  CHECK(lseek(fd, 0, SEEK_CUR) == 0);
  CHECK(close(fd) == 0);
}

static void pwrite_with_access(void) {
  CHECK(access("listed/new", F_OK) != 0);
  int fd = open("listed/new", O_WRONLY | O_CREAT, 0644);
  CHECK(fd > 0);
  CHECK(pwrite(fd, "a rather long text", 18, 0) == 18);
  CHECK(pwrite(fd, "small", 5, 9) == 5);
  CHECK(close(fd) == 0);
  fd = open("listed/new", O_RDONLY);
  CHECK(fd > 0);
  char buffer[32];
  CHECK(read(fd, buffer, sizeof buffer) == 18 && memcmp(buffer, "a rather smalltext", 18) == 0);
  CHECK(close(fd) == 0);
  CHECK(remove("listed/new") == 0);
}

// Where pwrite puts its bytes is not the same on all systems; it leaves the offset alone on all.
static void pwrite_with_append(void) {
  int fd = open("appended", O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0644);
  CHECK(fd >= 0);
  CHECK(write(fd, "ab", 2) == 2);
  CHECK(lseek(fd, 0, SEEK_SET) == 0);
  CHECK(write(fd, "cd", 2) == 2);
  CHECK(lseek(fd, 0, SEEK_CUR) == 4);
  CHECK(pwrite(fd, "efg", 3, 0) == 3);
  CHECK(lseek(fd, 0, SEEK_CUR) == 4);
  off_t end = lseek(fd, 0, SEEK_END);
  CHECK(end == 4 || end == 7);
  CHECK(close(fd) == 0);
}

// Run without any directory, so that descriptor 3 is not open.
static void sock_shutdown_invalid_fd(void) {
  CHECK(shutdown(3, SHUT_RD) != 0);
  CHECK(errno == EBADF);
}

static void sock_shutdown_not_sock(void) {
  CHECK(shutdown(STDOUT_FILENO, SHUT_RD) != 0);
  CHECK(errno == ENOTSOCK);
}

static void stat_dev_ino(void) {
  struct stat words, other;
  int a = open("words", O_RDONLY), b = open("listed/one", O_RDONLY);
  CHECK(a >= 0 && b >= 0);
  CHECK(fstat(a, &words) == 0 && fstat(b, &other) == 0);
  CHECK(words.st_dev == other.st_dev);
  CHECK(words.st_ino != other.st_ino);
}

const Program kThroughLibc[] = {
    {"c/clock_getres-monotonic", clock_getres_monotonic},
    {"c/clock_getres-realtime", clock_getres_realtime},
    {"c/clock_gettime-monotonic", clock_gettime_monotonic},
    {"c/clock_gettime-realtime", clock_gettime_realtime},
    {"c/fdopendir-with-access", fdopendir_with_access},
    {"c/fopen-with-access", fopen_with_access},
    {"c/fopen-with-no-access", fopen_with_no_access},
    {"c/lseek", lseek_of_a_stream},
    {"c/pread-with-access", pread_with_access},
    {"c/pwrite-with-access", pwrite_with_access},
    {"c/pwrite-with-append", pwrite_with_append},
    {"c/sock_shutdown-invalid_fd", sock_shutdown_invalid_fd},
    {"c/sock_shutdown-not_sock", sock_shutdown_not_sock},
    {"c/stat-dev-ino", stat_dev_ino},
    {NULL, NULL},
};
