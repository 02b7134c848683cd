// Reads a packed file, appends to another one, and lists their directory. Nothing in here knows of Mayfly.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_or_exit(const char *path, const char *mode) {
  FILE *file = fopen(path, mode);
  if (file) return file;
  fprintf(stderr, "hello: %s: %s\n", path, strerror(errno));
  exit(1);
}

int main(int argc, char **argv) {
  char line[256];
  FILE *greeting = open_or_exit("/hello/greeting.txt", "r");
  if (fgets(line, sizeof line, greeting)) fputs(line, stdout);
  fclose(greeting);

  FILE *visitors = open_or_exit("/hello/visitors.txt", "a+");
  fprintf(visitors, "%s\n", argc > 1 ? argv[1] : "world");
  rewind(visitors);
  int count = 0;
  while (fgets(line, sizeof line, visitors)) count++;
  fclose(visitors);
  printf("Visitors so far: %d\n", count);

  DIR *directory = opendir("/hello");
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (entry->d_name[0] != '.') printf("/hello/%s\n", entry->d_name);
  if (directory) closedir(directory);
  return 0;
}
