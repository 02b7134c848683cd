// The benchmark's guest: times filesystem operations through the C library, from the inside.
//
// One source for every variant: wasm32-wasi (packed by mayfly, or on a runtime's own WASI), Emscripten
// and native. It prints rows of NAME<TAB>NANOSECONDS per operation; the driver (bench/run) starts a fresh
// process for each group and takes medians over rounds. Rows named floor.NAME are what NAME cannot beat: a
// bare memory.copy with the same access pattern in the same process.
//
// Usage: fsbench GROUP ROOT [MIB | FILES] [FILE]
//   meta ROOT         rows that resolve a path or change a directory, and rows on an open descriptor
//   data ROOT MIB     reads and writes of a file of MIB mebibytes that was written, with their floors
//   packed ROOT MIB FILE   reads of FILE, which is there already, with their floors
//   new ROOT          writing a new file of 64 MiB
//   grow ROOT         floor of `new`: growing the memory by 64 MiB and filling it; touches no file
//   dirs ROOT FILES   listing 10,000 and 100,000 entries; lookups among 10 and, unless 0, among FILES files
//   list ROOT         only the listing of 1,000 entries
//   growth ROOT MB    growing the memory by a page, a thousand times, with a file of MB MiB (0: none)
//   crowd ROOT        opening one more file while 1,000 descriptors are open
//   rm ROOT FILES     emptying directories of a tenth of FILES and of FILES entries by "rewind, take the first, remove it"
//   misses ROOT FILES the part of a lookup among FILES files that no code can save; touches no file
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#if !defined(__wasm__)
#include <sys/mman.h>
#include <sys/resource.h>
#endif

enum {
  path_bytes = 64,
  page_bytes = 4096,
  chunk_bytes = 65536,
  new_file_bytes = 64 << 20,
  warm_file_bytes = 4 << 20,
  batches = 100,        // the shortest counts: the others were disturbed
  batch_ns = 1000000,   // long against the clock, short against a scheduler's time slice
  passes_min = 9,       // over a file, of which the first two warm up
  segments = 64,        // of a pass, each with its own shortest time
  warm_up_ns = 60000000 // lets the engine's optimizing tier take over before anything counts
};

static char root[24];
static char chunk[chunk_bytes];

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fail(const char *what) {
  // Not errno itself: clang 14 takes it for a thread-local variable once -mbulk-memory is on.
  fflush(stdout);
  perror(what);
  exit(1);
}

// A figure counts only when the operation did what it should.
#define must(condition)                                                                                      \
  do {                                                                                                       \
    if (!(condition)) fail(#condition);                                                                      \
  } while (0)

static void row(const char *name, double ns) {
  printf("%s\t%.2f\n", name, ns);
  fflush(stdout);
}

static uint64_t random_state = 0x9e3779b97f4a7c15u;
static uint32_t random_below(uint32_t bound) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)((random_state >> 32) * bound >> 32);
}

// The numbers 0 … count-1, shuffled.
static uint32_t *permutation(uint32_t count) {
  uint32_t *numbers = malloc(count * sizeof *numbers);
  must(numbers);
  for (uint32_t i = 0; i < count; i++) numbers[i] = i;
  for (uint32_t i = count; i > 1; i--) {
    uint32_t other = random_below(i), swap = numbers[i - 1];
    numbers[i - 1] = numbers[other];
    numbers[other] = swap;
  }
  return numbers;
}

static const char *under_root(char *path, const char *name) {
  snprintf(path, path_bytes, "%s/%s", root, name);
  return path;
}

// --- meta: operations in batches, nanoseconds each
// ---------------------------------------------------------------

static char file[path_bytes], missing[path_bytes], deep[path_bytes], deep_long[path_bytes * 4],
    scratch[path_bytes], moved[path_bytes], listed[path_bytes];
static int descriptor;
static struct stat status;

static void op_open_close(void) {
  int fd = open(file, O_RDONLY);
  must(fd >= 0);
  close(fd);
}
static void op_stat(void) { must(stat(file, &status) == 0); }
static void op_stat_missing(void) { must(stat(missing, &status) < 0); }
static void op_walk(void) { must(stat(deep, &status) == 0); }
static void op_walk_long(void) { must(stat(deep_long, &status) == 0); }
static void op_create_unlink(void) {
  int fd = open(scratch, O_WRONLY | O_CREAT | O_EXCL, 0644);
  must(fd >= 0);
  close(fd);
  must(unlink(scratch) == 0);
}
static void op_mkdir_rmdir(void) {
  must(mkdir(scratch, 0755) == 0);
  must(rmdir(scratch) == 0);
}
static void op_rename(void) {
  static int there;
  must((there ? rename(moved, scratch) : rename(scratch, moved)) == 0);
  there = !there;
}
static void op_readdir(void) {
  DIR *directory = opendir(listed);
  int entries = 0;
  must(directory);
  for (struct dirent *entry; (entry = readdir(directory));) entries += entry->d_name[0] != '.';
  closedir(directory);
  must(entries == 1000);
}
static void op_append(void) {
  static int since_truncation;
  must(write(descriptor, chunk, 100) == 100);
  if (++since_truncation == 20000) { // 2 MB: a log file's size, not the memory's
    must(ftruncate(descriptor, 0) == 0);
    since_truncation = 0;
  }
}
static void op_fstat(void) { must(fstat(descriptor, &status) == 0); }
static void op_lseek(void) {
  static int offset;
  offset = (offset + 1) & 4095;
  must(lseek(descriptor, offset, SEEK_SET) == offset);
}

static int64_t time_batch(void (*operation)(void), int64_t count) {
  int64_t start = now_ns();
  for (int64_t i = 0; i < count; i++) operation();
  return now_ns() - start;
}

static void measure(const char *name, void (*operation)(void)) {
  int64_t count = 16, took = 0;
  for (int64_t total = 0; total < warm_up_ns; total += took) {
    took = time_batch(operation, count);
    if (took < batch_ns) count += count / 2;
  }
  double best = 1e18;
  for (int i = 0; i < batches; i++) {
    double ns = (double)time_batch(operation, count) / (double)count;
    if (ns < best) best = ns;
  }
  row(name, best);
}

static void create(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT, 0644);
  must(fd >= 0);
  close(fd);
}

static void numbered(char *path, const char *directory, unsigned number) {
  snprintf(path, path_bytes, "%s/%s/f%07u", root, directory, number);
}

// A long pass is timed in pieces, and each piece counts with its shortest time over the repeats: a whole pass
// is longer than a scheduler's time slice, and on a busy machine none would go undisturbed.
static int64_t sum_of(const int64_t *best, int count) {
  int64_t sum = 0;
  for (int i = 0; i < count; i++) sum += best[i];
  return sum;
}

static void keep_shortest(int64_t *best, int64_t *start) {
  int64_t now = now_ns();
  if (now - *start < *best) *best = now - *start;
  *start = now_ns();
}

// Creates, looks up and removes 10,000 files of one directory; the latter two in an order of their own.
static void measure_ten_thousand(void) {
  enum { files = 10000, repeats = 6, piece = 500, pieces = files / piece };
  char path[path_bytes];
  char(*paths)[path_bytes] = malloc(files * sizeof *paths);
  uint32_t *order = permutation(files), *removal = permutation(files);
  int64_t best[3][pieces];
  must(paths);
  must(mkdir(under_root(path, "many"), 0755) == 0);
  for (unsigned i = 0; i < files; i++) numbered(paths[i], "many", i);
  for (int i = 0; i < 3 * pieces; i++) best[i / pieces][i % pieces] = INT64_MAX;
  for (int repeat = 0; repeat < repeats; repeat++) {
    int64_t start = now_ns();
    for (unsigned i = 0; i < files; i++) {
      int fd = open(paths[i], O_WRONLY | O_CREAT | O_EXCL, 0644);
      must(fd >= 0);
      close(fd);
      if (i % piece == piece - 1) keep_shortest(&best[0][i / piece], &start);
    }
    for (unsigned i = 0; i < files; i++) {
      must(stat(paths[order[i]], &status) == 0);
      if (i % piece == piece - 1) keep_shortest(&best[1][i / piece], &start);
    }
    for (unsigned i = 0; i < files; i++) {
      must(unlink(paths[removal[i]]) == 0);
      if (i % piece == piece - 1) keep_shortest(&best[2][i / piece], &start);
    }
  }
  static const char *const names[3] = {"create10k", "lookup10k", "unlink10k"};
  for (int i = 0; i < 3; i++) row(names[i], (double)sum_of(best[i], pieces) / files);
}

// A path of sixteen parts: the root's own name, fourteen directories with names of `name_bytes`, and a file.
static void make_deep(char *path, int name_bytes) {
  strcpy(path, root);
  for (int i = 0; i < 14; i++) {
    strcat(path, "/");
    size_t end = strlen(path);
    memset(path + end, 'a' + i, (size_t)name_bytes);
    path[end + (size_t)name_bytes] = 0;
    must(mkdir(path, 0755) == 0);
  }
  strcat(path, "/f");
  create(path);
}

static void fill_listed(void) {
  must(mkdir(under_root(listed, "listed"), 0755) == 0);
  for (unsigned i = 0; i < 1000; i++) {
    char path[path_bytes];
    numbered(path, "listed", i);
    create(path);
  }
}

static void group_list(void) {
  fill_listed();
  measure("readdir1000", op_readdir);
}

// The lowest free descriptor is searched for; every other one below it is taken.
static void group_crowd(void) {
  enum { crowd = 1000 };
#if !defined(__wasm__)
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
#endif
  create(under_root(file, "file"));
  for (int i = 0; i < crowd; i++) must(open(file, O_RDONLY) >= 0);
  measure("open_close_crowd", op_open_close);
}

static void group_meta(void) {
  create(under_root(file, "file"));
  under_root(missing, "missing");
  under_root(scratch, "scratch");
  under_root(moved, "moved");
  fill_listed();
  make_deep(deep, 1);
  make_deep(deep_long, 12);

  measure("open_close", op_open_close);
  measure("stat", op_stat);
  measure("stat_missing", op_stat_missing);
  measure("walk16", op_walk);
  measure("walk16_long", op_walk_long);
  measure("create_unlink", op_create_unlink);
  measure("mkdir_rmdir", op_mkdir_rmdir);
  create(scratch);
  measure("rename", op_rename);
  measure("readdir1000", op_readdir);
  measure_ten_thousand();

  descriptor = open(file, O_RDWR | O_APPEND);
  must(descriptor >= 0);
  measure("append100", op_append);
  close(descriptor);
  descriptor = open(file, O_RDWR);
  must(descriptor >= 0);
  measure("fstat", op_fstat);
  measure("lseek", op_lseek);
}

// --- data: passes over a file, and over plain memory of the same size
// ---------------------------------------------

static int data_fd;
static char *memory; // the floor's counterpart of the file
static uint32_t *page_order;
static size_t data_bytes;

// Each does the operations first … end-1 of its pass.
static void pass_pread(size_t first, size_t end) {
  for (size_t i = first; i < end; i++)
    must(pread(data_fd, chunk, page_bytes, (off_t)page_order[i] * page_bytes) == page_bytes);
}
static void floor_pread(size_t first, size_t end) {
  for (size_t i = first; i < end; i++) {
    memcpy(chunk, memory + (size_t)page_order[i] * page_bytes, page_bytes);
    __asm__ volatile("" ::: "memory");
  }
}
static void pass_pwrite(size_t first, size_t end) {
  for (size_t i = first; i < end; i++)
    must(pwrite(data_fd, chunk, page_bytes, (off_t)page_order[i] * page_bytes) == page_bytes);
}
static void floor_pwrite(size_t first, size_t end) {
  for (size_t i = first; i < end; i++) {
    memcpy(memory + (size_t)page_order[i] * page_bytes, chunk, page_bytes);
    __asm__ volatile("" ::: "memory");
  }
}
static void pass_read(size_t first, size_t end) {
  if (first == 0) must(lseek(data_fd, 0, SEEK_SET) == 0);
  for (size_t i = first; i < end; i++) must(read(data_fd, chunk, chunk_bytes) == chunk_bytes);
}
static void floor_read(size_t first, size_t end) {
  for (size_t i = first; i < end; i++) {
    memcpy(chunk, memory + i * chunk_bytes, chunk_bytes);
    __asm__ volatile("" ::: "memory");
  }
}
static void pass_write(size_t first, size_t end) {
  if (first == 0) must(lseek(data_fd, 0, SEEK_SET) == 0);
  for (size_t i = first; i < end; i++) must(write(data_fd, chunk, chunk_bytes) == chunk_bytes);
}
static void floor_write(size_t first, size_t end) {
  for (size_t i = first; i < end; i++) {
    memcpy(memory + i * chunk_bytes, chunk, chunk_bytes);
    __asm__ volatile("" ::: "memory");
  }
}

typedef void (*Pass)(size_t first, size_t end);

static void time_pass(Pass pass, size_t operations, int64_t best[segments]) {
  size_t segment = operations / segments;
  int64_t start = now_ns();
  for (int i = 0; i < segments; i++) {
    pass((size_t)i * segment, (size_t)(i + 1) * segment);
    keep_shortest(&best[i], &start);
  }
}

// Times both in turn, so that a disturbance of the machine meets both.
static void measure_pair(const char *name, Pass pass, Pass floor, size_t operation_bytes) {
  size_t operations = data_bytes / operation_bytes;
  int64_t best_pass[segments], best_floor[segments], began = now_ns();
  for (int i = 0; i < passes_min || now_ns() - began < 4 * warm_up_ns; i++) {
    if (i <= 2)
      for (int j = 0; j < segments; j++) best_pass[j] = best_floor[j] = INT64_MAX;
    time_pass(pass, operations, best_pass);
    time_pass(floor, operations, best_floor);
  }
  char floor_name[path_bytes];
  snprintf(floor_name, sizeof floor_name, "floor.%s", name);
  row(name, (double)sum_of(best_pass, segments) / (double)operations);
  row(floor_name, (double)sum_of(best_floor, segments) / (double)operations);
}

static void fill_chunk(void) {
  for (size_t i = 0; i < chunk_bytes; i++) chunk[i] = (char)(i * 7 + 1);
}

static void prepare_memory(size_t bytes) {
  data_bytes = bytes;
  memory = malloc(bytes);
  must(memory);
  memset(memory, 1, bytes);
  page_order = permutation((uint32_t)(bytes / page_bytes));
}

static void group_data(size_t bytes) {
  char path[path_bytes];
  prepare_memory(bytes);
  fill_chunk();
  data_fd = open(under_root(path, "large"), O_RDWR | O_CREAT | O_TRUNC, 0644);
  must(data_fd >= 0);
  for (size_t i = 0; i < bytes; i += chunk_bytes) must(write(data_fd, chunk, chunk_bytes) == chunk_bytes);
  measure_pair("pread4k", pass_pread, floor_pread, page_bytes);
  measure_pair("pwrite4k", pass_pwrite, floor_pwrite, page_bytes);
  measure_pair("seqread64k", pass_read, floor_read, chunk_bytes);
  measure_pair("seqwrite64k", pass_write, floor_write, chunk_bytes);
  data_bytes = warm_file_bytes;
  measure_pair("seqread64k_warm", pass_read, floor_read, chunk_bytes);
  measure_pair("seqwrite64k_warm", pass_write, floor_write, chunk_bytes);
}

static void group_packed(size_t bytes, const char *path) {
  prepare_memory(bytes);
  data_fd = open(path, O_RDONLY);
  must(data_fd >= 0);
  must(fstat(data_fd, &status) == 0 && (size_t)status.st_size == bytes);
  measure_pair("pread4k_packed", pass_pread, floor_pread, page_bytes);
  measure_pair("seqread64k_packed", pass_read, floor_read, chunk_bytes);
  data_bytes = warm_file_bytes;
  measure_pair("seqread64k_warm_packed", pass_read, floor_read, chunk_bytes);
}

// --- new: memory that nobody has touched yet, so one figure per process
// --------------------------------------------

static void group_new(void) {
  char path[path_bytes];
  fill_chunk();
  int fd = open(under_root(path, "small"), O_RDWR | O_CREAT, 0644);
  must(fd >= 0);
  for (int64_t start = now_ns(); now_ns() - start < warm_up_ns;) {
    must(lseek(fd, 0, SEEK_SET) == 0);
    must(write(fd, chunk, chunk_bytes) == chunk_bytes);
  }
  close(fd);
  int64_t start = now_ns();
  fd = open(under_root(path, "new"), O_WRONLY | O_CREAT | O_EXCL, 0644);
  must(fd >= 0);
  for (size_t i = 0; i < new_file_bytes; i += chunk_bytes) must(write(fd, chunk, chunk_bytes) == chunk_bytes);
  close(fd);
  row("new64m", (double)(now_ns() - start));
}

static char *grow(size_t bytes) {
#if defined(__wasm__)
  size_t pages = __builtin_wasm_memory_grow(0, bytes / 65536);
  return pages == (size_t)-1 ? NULL : (char *)(pages * 65536);
#else
  void *fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return fresh == MAP_FAILED ? NULL : fresh;
#endif
}

static void fill(char *to, size_t bytes) {
  for (size_t i = 0; i < bytes; i += chunk_bytes) {
    memcpy(to + i, chunk, chunk_bytes);
    __asm__ volatile("" ::: "memory");
  }
}

// What a heap does that grows bit by bit. In shared placement the filesystem has to make way now and then.
static void group_growth(unsigned mebibytes) {
  enum { pages = 1024 };
  char path[path_bytes], name[32];
  fill_chunk();
  if (mebibytes) {
    int fd = open(under_root(path, "kept"), O_WRONLY | O_CREAT | O_EXCL, 0644);
    must(fd >= 0);
    for (size_t done = 0; done < (size_t)mebibytes << 20; done += chunk_bytes)
      must(write(fd, chunk, chunk_bytes) == chunk_bytes);
    close(fd);
  }
  int64_t start = now_ns();
  for (int i = 0; i < pages; i++) must(grow(65536) != NULL);
  snprintf(name, sizeof name, "growth%u", mebibytes);
  row(name, (double)(now_ns() - start) / pages);
}

static void group_grow(void) {
  fill_chunk();
  char *small = malloc(chunk_bytes);
  must(small);
  for (int64_t start = now_ns(); now_ns() - start < warm_up_ns;) fill(small, chunk_bytes);
  int64_t start = now_ns();
  char *fresh = grow(new_file_bytes);
  must(fresh);
  fill(fresh, new_file_bytes);
  row("grow64m", (double)(now_ns() - start));
}

// --- dirs: does the cost grow with the tree?
// ---------------------------------------------------------------------

static void fill_directory(const char *name, unsigned files) {
  char path[path_bytes];
  must(mkdir(under_root(path, name), 0755) == 0);
  for (unsigned i = 0; i < files; i++) {
    numbered(path, name, i);
    create(path);
  }
}

// The paths lie in memory in the order of use, so that only the filesystem's own cache misses differ.
static void measure_lookups(const char *name, const char *directory, unsigned files) {
  enum { lookups_per_part = 4000, parts = 50 };
  char(*paths)[32] = malloc(sizeof *paths * lookups_per_part * parts);
  must(paths);
  for (unsigned i = 0; i < lookups_per_part * parts; i++) {
    char path[path_bytes];
    numbered(path, directory, random_below(files));
    must(strlen(path) < sizeof *paths);
    strcpy(paths[i], path);
  }
  double best = 1e18;
  for (unsigned part = 0; part < parts; part++) {
    int64_t start = now_ns();
    for (unsigned i = 0; i < lookups_per_part; i++)
      must(stat(paths[part * lookups_per_part + i], &status) == 0);
    double ns = (double)(now_ns() - start) / lookups_per_part;
    if (ns < best) best = ns;
  }
  free(paths);
  row(name, best);
}

static void measure_listing(const char *name, const char *directory, int files) {
  char path[path_bytes];
  under_root(path, directory);
  double best = 1e18;
  int64_t spent = 0;
  for (int repeat = 0; repeat < 20 && spent < 20 * warm_up_ns; repeat++) { // Node's WASI: 15 s each
    int entries = 0;
    int64_t start = now_ns();
    DIR *list = opendir(path);
    must(list);
    for (struct dirent *entry; (entry = readdir(list));) entries += entry->d_name[0] != '.';
    closedir(list);
    spent += now_ns() - start;
    double ns = (double)(now_ns() - start) / files;
    must(entries == files);
    if (ns < best) best = ns;
  }
  row(name, best);
}

static void group_dirs(unsigned files) {
  fill_directory("d10", 10);
  fill_directory("d10k", 10000);
  fill_directory("d100k", 100000);
  measure_listing("list10k", "d10k", 10000);
  measure_listing("list100k", "d100k", 100000);
  measure_lookups("lookup10", "d10", 10);
  if (!files) return;
  fill_directory("d1m", files);
  measure_lookups("lookup1m", "d1m", files);
}

// Empties a directory as `rm -r` and many libraries do: rewind, take the first entry, remove it.
static void measure_emptying(const char *name, const char *directory, unsigned files) {
  fill_directory(directory, files);
  char path[path_bytes], entry_path[path_bytes * 5];
  under_root(path, directory);
  int64_t start = now_ns();
  DIR *list = opendir(path);
  must(list);
  for (unsigned removed = 0;;) {
    struct dirent *entry;
    do entry = readdir(list);
    while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    if (!entry) {
      must(removed == files);
      break;
    }
    snprintf(entry_path, sizeof entry_path, "%s/%s", path, entry->d_name);
    must(unlink(entry_path) == 0);
    removed++;
    rewinddir(list);
  }
  closedir(list);
  row(name, (double)(now_ns() - start) / files);
  must(rmdir(path) == 0);
}

static void group_rm(unsigned files) {
  measure_emptying("rm_small", "rm_small", files / 10);
  measure_emptying("rm_large", "rm_large", files);
}

// What a lookup in a large directory waits for, whoever implements it as a hash table over inodes: a slot of the
// table, then what the slot points to (the inode, and at the same time the entry's name). Mayfly's sizes: 16-byte
// slots, at most three quarters full; inodes of 128 bytes, entries of 48. One lookup starts when the one before has
// its answer, as a program's do.
static void group_misses(uint32_t files) {
  enum { slot_words = 4, inode_words = 32, entry_words = 12, lookups_per_part = 4000, parts = 50 };
  uint32_t slots = 1;
  while (slots / 4 * 3 < files) slots *= 2;
  uint32_t *table = calloc(slots, slot_words * sizeof *table), *inodes = malloc((size_t)files * inode_words * 4),
           *entries = malloc((size_t)files * entry_words * 4);
  must(table && inodes && entries);
  memset(inodes, 0, (size_t)files * inode_words * 4); // written, so that the pages are there
  memset(entries, 0, (size_t)files * entry_words * 4);
  for (uint32_t i = 0; i < slots; i++) table[(size_t)i * slot_words] = random_below(files);
  double best = 1e18;
  uint32_t sum = 0; // stays 0, which no compiler knows
  for (int part = 0; part < parts; part++) {
    int64_t start = now_ns();
    for (int i = 0; i < lookups_per_part; i++) {
      uint32_t found = table[(size_t)(random_below(slots) + sum) * slot_words];
      sum += inodes[(size_t)found * inode_words] + entries[(size_t)found * entry_words];
    }
    double ns = (double)(now_ns() - start) / lookups_per_part;
    if (ns < best) best = ns;
  }
  must(sum == 0);
  row("misses1m", best);
}

int main(int argc, char **argv) {
  const char *group = argc > 1 ? argv[1] : "";
  if (argc > 2) snprintf(root, sizeof root, "%s", argv[2]);
  unsigned number = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
  if (root[0] && strcmp(group, "grow") != 0 && mkdir(root, 0755) < 0 && stat(root, &status) < 0) fail(root);
  if (strcmp(group, "meta") == 0)
    group_meta();
  else if (strcmp(group, "data") == 0 && number)
    group_data((size_t)number << 20);
  else if (strcmp(group, "packed") == 0 && number && argc > 4)
    group_packed((size_t)number << 20, argv[4]);
  else if (strcmp(group, "new") == 0)
    group_new();
  else if (strcmp(group, "grow") == 0)
    group_grow();
  else if (strcmp(group, "dirs") == 0)
    group_dirs(number);
  else if (strcmp(group, "list") == 0)
    group_list();
  else if (strcmp(group, "crowd") == 0)
    group_crowd();
  else if (strcmp(group, "rm") == 0 && number)
    group_rm(number);
  else if (strcmp(group, "growth") == 0)
    group_growth(number);
  else if (strcmp(group, "misses") == 0 && number)
    group_misses(number);
  else {
    printf("usage: fsbench meta|data|packed|new|grow|dirs|list|crowd|rm|misses ROOT [MIB | FILES] [FILE]\n");
    return 2;
  }
  return 0;
}
