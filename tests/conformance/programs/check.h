// What the programs of the conformance suite share. A check that fails says where and ends the program with
// code 1.
#pragma once
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

typedef __wasi_fd_t Fd;
typedef __wasi_errno_t Wasi;

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) fail(__FILE__, __LINE__, #condition, -1);                                              \
  } while (0)

// The call succeeds.
#define OK(call)                                                                                             \
  do {                                                                                                       \
    Wasi error_ = (call);                                                                                    \
    if (error_ != 0) fail(__FILE__, __LINE__, #call, error_);                                                \
  } while (0)

// The call fails with one of these errors.
#define FAILS(call, ...)                                                                                     \
  do {                                                                                                       \
    const Wasi accepted_[] = {__VA_ARGS__};                                                                  \
    Wasi error_ = (call);                                                                                    \
    bool found_ = false;                                                                                     \
    for (size_t i_ = 0; i_ < sizeof accepted_ / sizeof *accepted_; ++i_) found_ |= error_ == accepted_[i_];  \
    if (!found_) fail(__FILE__, __LINE__, #call, error_);                                                    \
  } while (0)

static inline _Noreturn void fail(const char *file, int line, const char *what, int error) {
  const char *name = strrchr(file, '/');
  fprintf(stderr, "%s:%d: %s", name ? name + 1 : file, line, what);
  if (error >= 0) fprintf(stderr, " gave %s (%d)", error ? strerror(error) : "success", error);
  fputc('\n', stderr);
  exit(1);
}

typedef struct {
  const char *name; // "suite's directory/program"
  void (*run)(void);
} Program;
extern const Program kThroughLibc[], kBare[], kDescriptors[], kPaths[]; // each ends with a null name

// -- calls by path and descriptor, for programs that use WASI without a C library

enum { kRoot = 3, kFollow = __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW };

static inline Wasi try_open(Fd dir, int lookup, const char *path, int oflags, __wasi_rights_t rights,
                            int fdflags, Fd *fd) {
  return __wasi_path_open(dir, lookup, path, oflags, rights, 0, fdflags, fd);
}

static inline Fd open_with(Fd dir, int lookup, const char *path, int oflags, __wasi_rights_t rights,
                           int fdflags) {
  Fd fd;
  OK(try_open(dir, lookup, path, oflags, rights, fdflags, &fd));
  CHECK(fd > 2);
  return fd;
}

// The error of opening; what was opened is closed again.
static inline Wasi opening(Fd dir, int lookup, const char *path, int oflags) {
  Fd fd;
  Wasi error = try_open(dir, lookup, path, oflags, 0, 0, &fd);
  if (error == 0) OK(__wasi_fd_close(fd));
  return error;
}

static inline void create_file(Fd dir, const char *path) { OK(opening(dir, 0, path, __WASI_OFLAGS_CREAT)); }

static inline __wasi_fdstat_t fdstat(Fd fd) {
  __wasi_fdstat_t stat;
  OK(__wasi_fd_fdstat_get(fd, &stat));
  return stat;
}

static inline __wasi_filestat_t filestat(Fd fd) {
  __wasi_filestat_t stat;
  OK(__wasi_fd_filestat_get(fd, &stat));
  return stat;
}

static inline __wasi_filestat_t filestat_at(Fd dir, int lookup, const char *path) {
  __wasi_filestat_t stat;
  OK(__wasi_path_filestat_get(dir, lookup, path, &stat));
  return stat;
}

// The root once more, under another descriptor, with what the preopened one may do.
static inline Fd open_root(void) {
  __wasi_fdstat_t stat = fdstat(kRoot);
  Fd fd;
  OK(__wasi_path_open(kRoot, 0, ".", __WASI_OFLAGS_DIRECTORY, stat.fs_rights_base, stat.fs_rights_inheriting,
                      0, &fd));
  CHECK(fd > kRoot);
  return fd;
}

// A new directory, open with everything that its parent may do. `remove_scratch` holds that it is empty
// again.
static inline Fd make_scratch(void) {
  __wasi_fdstat_t stat = fdstat(kRoot);
  Fd fd;
  OK(__wasi_path_create_directory(kRoot, "scratch"));
  OK(__wasi_path_open(kRoot, 0, "scratch", __WASI_OFLAGS_DIRECTORY, stat.fs_rights_base,
                      stat.fs_rights_inheriting, 0, &fd));
  return fd;
}

static inline void remove_scratch(Fd fd) {
  OK(__wasi_fd_close(fd));
  OK(__wasi_path_remove_directory(kRoot, "scratch"));
}

static inline Wasi reading(Fd fd, void *to, size_t length, size_t *count) {
  __wasi_iovec_t part = {to, length};
  return __wasi_fd_read(fd, &part, 1, count);
}

static inline Wasi writing(Fd fd, const void *from, size_t length, size_t *count) {
  __wasi_ciovec_t part = {from, length};
  return __wasi_fd_write(fd, &part, 1, count);
}

static inline size_t read_some(Fd fd, void *to, size_t length) {
  size_t count;
  OK(reading(fd, to, length, &count));
  return count;
}

static inline void write_all(Fd fd, const void *from, size_t length) {
  size_t count;
  OK(writing(fd, from, length, &count));
  CHECK(count == length);
}

static inline __wasi_filesize_t seek(Fd fd, __wasi_filedelta_t delta, __wasi_whence_t whence) {
  __wasi_filesize_t offset;
  OK(__wasi_fd_seek(fd, delta, whence, &offset));
  return offset;
}
