// The floor of a pack: reads a module and every file under some directories, hashes all of it with SHA-256,
// copies it into one output file, and makes sure that the output is on the disk. A pack has to do this much,
// whatever it does besides.
//
// Usage: packfloor OUTPUT MODULE DIRECTORY...
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int output;
static EVP_MD_CTX *digest;

static void must(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "packfloor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void copy(const char *path) {
  static char buffer[1 << 20];
  int input = open(path, O_RDONLY);
  must(input >= 0, path);
  for (ssize_t n; (n = read(input, buffer, sizeof buffer)) != 0;) {
    must(n > 0, path);
    must(EVP_DigestUpdate(digest, buffer, (size_t)n) == 1, "SHA-256");
    for (ssize_t done = 0, wrote; done < n; done += wrote) {
      wrote = write(output, buffer + done, (size_t)(n - done));
      must(wrote > 0, "the output");
    }
  }
  close(input);
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *where) {
  (void)status, (void)where;
  if (type == FTW_F) copy(path);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  output = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  must(output >= 0, argv[1]);
  digest = EVP_MD_CTX_new();
  must(digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1, "SHA-256");
  copy(argv[2]);
  for (int i = 3; i < argc; i++) must(nftw(argv[i], visit, 64, FTW_PHYS) == 0, argv[i]);
  must(fsync(output) == 0, "the output");
  return 0;
}
