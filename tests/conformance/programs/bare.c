// Programs that call WASI directly and need no files: arguments, environment, streams, clocks, random bytes,
// exit.
#include "check.h"

typedef Wasi (*Sizes)(size_t *count, size_t *bytes);
typedef Wasi (*Get)(uint8_t **pointers, uint8_t *bytes);

static size_t count_of(Sizes sizes) {
  size_t count, bytes;
  OK(sizes(&count, &bytes));
  return count;
}

// Holds that the strings from `first` on are these, in any order when `any_order`.
static void hold(Sizes sizes, Get get, const char *const *wanted, size_t first, size_t number,
                 bool any_order) {
  size_t count, bytes;
  OK(sizes(&count, &bytes));
  CHECK(count == first + number);
  uint8_t *pointers[8], *buffer = malloc(bytes);
  CHECK(buffer != NULL && count <= 8);
  OK(get(pointers, buffer));
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    CHECK(pointers[i] >= buffer && pointers[i] < buffer + bytes);
    total += strlen((char *)pointers[i]) + 1;
  }
  CHECK(total == bytes);
  for (size_t i = 0; i < number; ++i) {
    size_t matches = 0;
    for (size_t j = 0; j < number; ++j)
      matches += (any_order || i == j) && strcmp((char *)pointers[first + j], wanted[i]) == 0;
    CHECK(matches == 1);
  }
  free(buffer);
}

static const char *const kArguments[] = {"first", "the \"second\" argument", "3"};
static const char *const kVariables[] = {"a=text", "b=quote \" inside", "c=two\nlines"};

static void args_get_multiple_arguments(void) {
  hold(__wasi_args_sizes_get, __wasi_args_get, kArguments, 1, 3, false);
}
static void args_sizes_get_multiple_arguments(void) { CHECK(count_of(__wasi_args_sizes_get) == 4); }
static void args_sizes_get_no_arguments(void) { CHECK(count_of(__wasi_args_sizes_get) == 1); }
static void environ_get_multiple_variables(void) {
  hold(__wasi_environ_sizes_get, __wasi_environ_get, kVariables, 0, 3, true);
}
static void environ_sizes_get_multiple_variables(void) { CHECK(count_of(__wasi_environ_sizes_get) == 3); }
static void environ_sizes_get_no_variables(void) { CHECK(count_of(__wasi_environ_sizes_get) == 0); }

static void fd_write_to_invalid_fd(void) {
  size_t count;
  FAILS(writing((Fd)-31337, "", 0, &count), __WASI_ERRNO_BADF);
}
static void fd_write_to_stdout(void) { write_all(1, "hello", 5); }

static void proc_exit_failure(void) { __wasi_proc_exit(33); }
static void proc_exit_success(void) { __wasi_proc_exit(0); }

static void random_get_non_zero_length(void) {
  uint8_t bytes[32];
  OK(__wasi_random_get(bytes, sizeof bytes));
}
static void random_get_zero_length(void) {
  uint8_t byte = 42;
  OK(__wasi_random_get(&byte, 0));
  CHECK(byte == 42);
}

static void big_random_buf(void) {
  static uint8_t bytes[1024];
  OK(__wasi_random_get(bytes, sizeof bytes));
  uint8_t any = 0;
  for (size_t i = 0; i < sizeof bytes; ++i) any |= bytes[i];
  CHECK(any != 0); // all of 1024 bytes zero: not by chance
}

static void clock_time_get(void) {
  __wasi_timestamp_t rough, first, second;
  OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &rough));
  OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 0, &first));
  OK(__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 0, &second));
  CHECK(rough <= first && first <= second);
}

static void yielding(void) { OK(__wasi_sched_yield()); }

enum { kTimer = 99 };

static __wasi_subscription_t timer(void) {
  __wasi_subscription_t s = {.userdata = kTimer};
  s.u.tag = __WASI_EVENTTYPE_CLOCK;
  s.u.u.clock = (__wasi_subscription_clock_t){.id = __WASI_CLOCKID_MONOTONIC, .timeout = 200000000};
  return s;
}

static __wasi_subscription_t stream(Fd fd, uint8_t kind) {
  __wasi_subscription_t s = {.userdata = fd};
  s.u.tag = kind;
  s.u.u.fd_read.file_descriptor = fd;
  return s;
}

static void poll_oneoff_stdio(void) {
  // Standard input is ready, or the time is up.
  __wasi_subscription_t reading[] = {timer(), stream(0, __WASI_EVENTTYPE_FD_READ)};
  __wasi_event_t events[3];
  size_t count;
  OK(__wasi_poll_oneoff(reading, events, 2, &count));
  CHECK(count >= 1 && count <= 2);
  for (size_t i = 0; i < count; ++i) {
    OK(events[i].error);
    bool clock = events[i].type == __WASI_EVENTTYPE_CLOCK;
    CHECK(clock || events[i].type == __WASI_EVENTTYPE_FD_READ);
    CHECK(events[i].userdata == (clock ? kTimer : 0));
  }
  // Both outputs take bytes before the time is up.
  for (unsigned waiting = 1 << 1 | 1 << 2; waiting;) {
    __wasi_subscription_t writing[3] = {timer()};
    size_t wanted = 1;
    for (Fd fd = 1; fd <= 2; ++fd)
      if (waiting & 1 << fd) writing[wanted++] = stream(fd, __WASI_EVENTTYPE_FD_WRITE);
    OK(__wasi_poll_oneoff(writing, events, wanted, &count));
    CHECK(count >= 1 && count <= wanted);
    for (size_t i = 0; i < count; ++i) {
      OK(events[i].error);
      CHECK(events[i].type == __WASI_EVENTTYPE_FD_WRITE);
      CHECK(events[i].userdata < 3 && waiting & 1 << events[i].userdata);
      waiting &= ~(1u << events[i].userdata);
    }
  }
}

const Program kBare[] = {
    {"assemblyscript/args_get-multiple-arguments", args_get_multiple_arguments},
    {"assemblyscript/args_sizes_get-multiple-arguments", args_sizes_get_multiple_arguments},
    {"assemblyscript/args_sizes_get-no-arguments", args_sizes_get_no_arguments},
    {"assemblyscript/environ_get-multiple-variables", environ_get_multiple_variables},
    {"assemblyscript/environ_sizes_get-multiple-variables", environ_sizes_get_multiple_variables},
    {"assemblyscript/environ_sizes_get-no-variables", environ_sizes_get_no_variables},
    {"assemblyscript/fd_write-to-invalid-fd", fd_write_to_invalid_fd},
    {"assemblyscript/fd_write-to-stdout", fd_write_to_stdout},
    {"assemblyscript/proc_exit-failure", proc_exit_failure},
    {"assemblyscript/proc_exit-success", proc_exit_success},
    {"assemblyscript/random_get-non-zero-length", random_get_non_zero_length},
    {"assemblyscript/random_get-zero-length", random_get_zero_length},
    {"rust/big_random_buf", big_random_buf},
    {"rust/clock_time_get", clock_time_get},
    {"rust/poll_oneoff_stdio", poll_oneoff_stdio},
    {"rust/sched_yield", yielding},
    {NULL, NULL},
};
