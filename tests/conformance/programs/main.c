// The program to run is named by the first argument, or by the variable PROGRAM where the arguments are what
// is tested.
// "--list" prints all names.
#include "check.h"

static const Program *const kAll[] = {kThroughLibc, kBare, kDescriptors, kPaths};

int main(int argc, char **argv) {
  const char *name = getenv("PROGRAM");
  if (!name && argc > 1) name = argv[1];
  bool list = name && strcmp(name, "--list") == 0;
  for (size_t i = 0; i < sizeof kAll / sizeof *kAll; ++i)
    for (const Program *program = kAll[i]; program->name; ++program) {
      if (list) puts(program->name);
      if (!name || strcmp(name, program->name)) continue;
      program->run();
      return 0;
    }
  if (!list) fprintf(stderr, "no program %s\n", name ? name : "named");
  return list ? 0 : 2;
}
