#include "abi/emscripten.h"

namespace mayfly::abi::emscripten {
namespace {

using enum Kind;

struct Row {
  Function f;

  constexpr Row(StrView name, Group group, StrView meaning, StrView versions = {}) : f{} {
    f.name = name;
    f.group = group;
    f.meaning = meaning;
    f.versions = versions;
  }
  template <class... P> constexpr Row takes(P... params) const {
    Row row = *this;
    ((row.f.params[row.f.param_count++] = params), ...);
    return row;
  }
  constexpr operator Function() const { return f; }
};

constexpr Param kFd{fd, "fd"}, kDir{dirfd, "dirfd"}, kPath{path, "path"}, kMode{mode, "mode"};
constexpr Param kBuf{buffer, "buf"}, kStat{out_stat, "buf"}, kStatfs{out_statfs, "buf"},
    kVarargs{varargs, "varargs"};
constexpr Param kAt{flags, "flags", Set::at}, kOpen{flags, "flags", Set::open};
constexpr Param kUid{number, "uid"}, kGid{number, "gid"}, kDev{number, "dev"}, kSize{number, "size"};
constexpr Param kAddr{address, "addr"}, kLen{number, "len"};
constexpr Param kOldPath{path, "oldpath"}, kNewPath{path, "newpath"};
constexpr Param kOldDir{dirfd, "olddirfd"}, kNewDir{dirfd, "newdirfd"};
constexpr Param kProt{flags, "prot", Set::prot}, kMap{flags, "flags", Set::map};
constexpr Param kOffset64{number64, "offset"}, kLen64{number64, "len"}, kSize64{number64, "size"};
constexpr Param kSocket{fd, "sockfd"}, kSockaddr{address, "addr"}, kSocklen{address, "addrlen"};
constexpr Param kEpoll{fd, "epfd"}, kEvents{address, "events"}, kMaxEvents{number, "maxevents"};

constexpr Group kFile = Group::file, kDesc = Group::desc, kProc = Group::process, kSock = Group::socket,
                kPoll = Group::poll;
constexpr StrView kOld = "2.0.32 to 3.1.9", kSince3110 = "3.1.10 and newer", kSince608 = "6.0.8 and newer";

// clang-format off
constexpr Function kTable[] = {
    Row("__syscall__newselect", kPoll, "wait for descriptors", "before 5.0").takes(Param{number, "nfds"}, Param{address, "readfds"}, Param{address, "writefds"}, Param{address, "exceptfds"}, Param{address, "timeout"}),
    Row("__syscall_accept4", kSock, "accept a connection").takes(kSocket, kSockaddr, kSocklen, Param{number, "flags"}),
    Row("__syscall_access", kFile, "whether a file may be used", kOld).takes(kPath, Param{flags, "amode", Set::access}),
    Row("__syscall_bind", kSock, "give a socket an address").takes(kSocket, kSockaddr, Param{number, "addrlen"}),
    Row("__syscall_chdir", kFile, "change the working directory").takes(kPath),
    Row("__syscall_chmod", kFile, "change permissions").takes(kPath, kMode),
    Row("__syscall_chown32", kFile, "change the owner", kOld).takes(kPath, kUid, kGid),
    Row("__syscall_connect", kSock, "connect a socket").takes(kSocket, kSockaddr, Param{number, "addrlen"}),
    Row("__syscall_dup", kDesc, "a second descriptor for an open file").takes(kFd),
    Row("__syscall_dup2", kDesc, "a second descriptor of a given number", kOld).takes(kFd, Param{fd, "newfd"}),
    Row("__syscall_dup3", kDesc, "a second descriptor of a given number").takes(kFd, Param{fd, "newfd"}, kOpen),
    Row("__syscall_epoll_create1", kPoll, "make a set of descriptors to wait for", kSince608).takes(Param{number, "flags"}),
    Row("__syscall_epoll_ctl", kPoll, "change a set of descriptors to wait for", kSince608).takes(kEpoll, Param{number, "op"}, kFd, Param{address, "event"}),
    Row("__syscall_epoll_pwait", kPoll, "wait for a set of descriptors", kSince608).takes(kEpoll, kEvents, kMaxEvents, Param{number, "timeout"}, Param{address, "sigmask"}, Param{number, "sigsetsize"}),
    Row("__syscall_epoll_pwait_nonblocking", kPoll, "look at a set of descriptors", kSince608).takes(kEpoll, kEvents, kMaxEvents),
    Row("__syscall_faccessat", kFile, "whether a file may be used").takes(kDir, kPath, Param{flags, "amode", Set::access}, kAt),
    Row("__syscall_fadvise64", kDesc, "announce how a file will be read").takes(kFd, kOffset64, kLen64, Param{choice, "advice", Set::advice}),
    Row("__syscall_fallocate", kDesc, "reserve space in a file").takes(kFd, Param{number, "mode"}, kOffset64, kLen64),
    Row("__syscall_fchdir", kDesc, "change the working directory").takes(kFd),
    Row("__syscall_fchmod", kDesc, "change an open file's permissions").takes(kFd, kMode),
    Row("__syscall_fchmodat", kFile, "change permissions", "before 3.1.60").takes(kDir, kPath, kMode, kVarargs),
    Row("__syscall_fchmodat2", kFile, "change permissions", "3.1.41 and newer").takes(kDir, kPath, kMode, kAt),
    Row("__syscall_fchown32", kDesc, "change an open file's owner").takes(kFd, kUid, kGid),
    Row("__syscall_fchownat", kFile, "change the owner").takes(kDir, kPath, kUid, kGid, kAt),
    Row("__syscall_fcntl64", kDesc, "control a descriptor").takes(kFd, Param{choice, "cmd", Set::fcntl}, kVarargs),
    Row("__syscall_fdatasync", kDesc, "write a file's bytes to storage").takes(kFd),
    Row("__syscall_fstat64", kDesc, "type, size and times of an open file").takes(kFd, kStat),
    Row("__syscall_fstatat64", kFile, "type, size and times of a file", kOld).takes(kDir, kPath, kStat, kAt),
    Row("__syscall_fstatfs64", kDesc, "size and free space of the filesystem").takes(kFd, kSize, kStatfs),
    Row("__syscall_ftruncate64", kDesc, "change an open file's size").takes(kFd, kSize64),
    Row("__syscall_getcwd", kFile, "the working directory").takes(kBuf),
    Row("__syscall_getdents64", kDesc, "entries of a directory").takes(kFd, Param{dirents, "dirp"}),
    Row("__syscall_getegid32", kProc, "the effective group"),
    Row("__syscall_geteuid32", kProc, "the effective user"),
    Row("__syscall_getgid32", kProc, "the group"),
    Row("__syscall_getpeername", kSock, "address of the other end").takes(kSocket, kSockaddr, kSocklen),
    Row("__syscall_getsockname", kSock, "address of a socket").takes(kSocket, kSockaddr, kSocklen),
    Row("__syscall_getsockopt", kSock, "option of a socket").takes(kSocket, Param{number, "level"}, Param{number, "optname"}, Param{address, "optval"}, Param{address, "optlen"}),
    Row("__syscall_getuid32", kProc, "the user"),
    Row("__syscall_ioctl", kDesc, "control a device").takes(kFd, Param{number, "op"}, kVarargs),
    Row("__syscall_link", kFile, "make a hard link", kOld).takes(kOldPath, kNewPath),
    Row("__syscall_linkat", kFile, "make a hard link").takes(kOldDir, kOldPath, kNewDir, kNewPath, kAt),
    Row("__syscall_listen", kSock, "wait for connections").takes(kSocket, Param{number, "backlog"}),
    Row("__syscall_lstat64", kFile, "type, size and times of a file, not following a link").takes(kPath, kStat),
    Row("__syscall_mkdir", kFile, "make a directory", kOld).takes(kPath, kMode),
    Row("__syscall_mkdirat", kFile, "make a directory", kSince3110).takes(kDir, kPath, kMode),
    Row("__syscall_mknod", kFile, "make a special file", kOld).takes(kPath, kMode, kDev),
    Row("__syscall_mknodat", kFile, "make a special file", kSince3110).takes(kDir, kPath, kMode, kDev),
    Row("__syscall_mmap2", kDesc, "map a file into memory", "before 3.1.10").takes(kAddr, kLen, kProt, kMap, kFd, Param{number, "pgoffset"}),
    Row("__syscall_msync", kDesc, "write a mapped file", "before 3.1.10").takes(kAddr, kLen, Param{number, "flags"}),
    Row("__syscall_munmap", kDesc, "end the mapping of a file", "before 3.1.10").takes(kAddr, kLen),
    Row("__syscall_newfstatat", kFile, "type, size and times of a file", kSince3110).takes(kDir, kPath, kStat, kAt),
    Row("__syscall_open", kFile, "open or create a file", kOld).takes(kPath, kOpen, kVarargs),
    Row("__syscall_openat", kFile, "open or create a file", kSince3110).takes(kDir, kPath, kOpen, kVarargs),
    Row("__syscall_pipe", kDesc, "make a pipe", "up to 5.0").takes(Param{out_fds, "fds"}),
    Row("__syscall_pipe2", kDesc, "make a pipe", "after 5.0").takes(Param{out_fds, "fds"}, kOpen),
    Row("__syscall_poll", kPoll, "wait for descriptors").takes(Param{pollfds, "fds"}, Param{number, "nfds"}, Param{number, "timeout"}),
    Row("__syscall_poll_nonblocking", kPoll, "look at descriptors").takes(Param{pollfds, "fds"}, Param{number, "nfds"}),
    Row("__syscall_readlink", kFile, "target of a symbolic link", kOld).takes(kPath, kBuf),
    Row("__syscall_readlinkat", kFile, "target of a symbolic link", kSince3110).takes(kDir, kPath, kBuf),
    Row("__syscall_recvfrom", kSock, "receive").takes(kSocket, kBuf, Param{number, "flags"}, kSockaddr, kSocklen),
    Row("__syscall_recvmsg", kSock, "receive").takes(kSocket, Param{address, "msg"}, Param{number, "flags"}),
    Row("__syscall_rename", kFile, "rename", "before 3.1.31").takes(kOldPath, kNewPath),
    Row("__syscall_renameat", kFile, "rename").takes(kOldDir, kOldPath, kNewDir, kNewPath),
    Row("__syscall_rmdir", kFile, "remove a directory").takes(kPath),
    Row("__syscall_sendmsg", kSock, "send").takes(kSocket, Param{address, "msg"}, Param{number, "flags"}),
    Row("__syscall_sendto", kSock, "send").takes(kSocket, kBuf, Param{number, "flags"}, kSockaddr, Param{number, "addrlen"}),
    Row("__syscall_shutdown", kSock, "shut a connection down").takes(kSocket, Param{number, "how"}),
    Row("__syscall_socket", kSock, "make a socket").takes(Param{number, "domain"}, Param{number, "type"}, Param{number, "protocol"}),
    Row("__syscall_socketpair", kSock, "make two connected sockets").takes(Param{number, "domain"}, Param{number, "type"}, Param{number, "protocol"}, Param{out_fds, "fds"}),
    Row("__syscall_stat64", kFile, "type, size and times of a file").takes(kPath, kStat),
    Row("__syscall_statfs64", kFile, "size and free space of the filesystem").takes(kPath, kSize, kStatfs),
    Row("__syscall_symlink", kFile, "make a symbolic link", "before 3.1.75").takes(Param{text, "target"}, Param{path, "linkpath"}),
    Row("__syscall_symlinkat", kFile, "make a symbolic link").takes(Param{text, "target"}, kNewDir, Param{path, "linkpath"}),
    Row("__syscall_truncate64", kFile, "change a file's size").takes(kPath, kSize64),
    Row("__syscall_umask", kProc, "change the creation mask").takes(kMode),
    Row("__syscall_unlink", kFile, "remove a file", kOld).takes(kPath),
    Row("__syscall_unlinkat", kFile, "remove a file or directory", kSince3110).takes(kDir, kPath, kAt),
    Row("__syscall_utimensat", kFile, "change a file's times").takes(kDir, kPath, Param{times, "times"}, kAt),
    Row("_mmap_js", kDesc, "map a file into memory").takes(kLen, kProt, kMap, kFd, kOffset64, Param{out_i32, "allocated"}, Param{out_i32, "addr"}),
    Row("_msync_js", kDesc, "write a mapped file").takes(kAddr, kLen, kProt, kMap, kFd, kOffset64),
    Row("_munmap_js", kDesc, "end the mapping of a file").takes(kAddr, kLen, kProt, kMap, kFd, kOffset64),
};

constexpr Value kOpenFlags[] = {{1, "O_WRONLY"}, {2, "O_RDWR"}, {64, "O_CREAT"}, {128, "O_EXCL"}, {256, "O_NOCTTY"}, {512, "O_TRUNC"},
                                {1024, "O_APPEND"}, {2048, "O_NONBLOCK"}, {4096, "O_DSYNC"}, {32768, "O_LARGEFILE"}, {65536, "O_DIRECTORY"}, {131072, "O_NOFOLLOW"},
                                {524288, "O_CLOEXEC"}, {1048576, "O_SYNC"}, {2097152, "O_PATH"}, {4194304, "O_TMPFILE"}};
constexpr Value kAtFlags[] = {{256, "AT_SYMLINK_NOFOLLOW"}, {512, "AT_REMOVEDIR"}, {1024, "AT_SYMLINK_FOLLOW"}, {4096, "AT_EMPTY_PATH"}};
constexpr Value kAccess[] = {{1, "X_OK"}, {2, "W_OK"}, {4, "R_OK"}};
constexpr Value kFcntl[] = {{0, "F_DUPFD"}, {1, "F_GETFD"}, {2, "F_SETFD"}, {3, "F_GETFL"}, {4, "F_SETFL"}, {8, "F_SETOWN"}, {9, "F_GETOWN"},
                            {12, "F_GETLK"}, {13, "F_SETLK"}, {14, "F_SETLKW"}, {1030, "F_DUPFD_CLOEXEC"}};
constexpr Value kAdvice[] = {{0, "POSIX_FADV_NORMAL"}, {1, "POSIX_FADV_RANDOM"}, {2, "POSIX_FADV_SEQUENTIAL"}, {3, "POSIX_FADV_WILLNEED"},
                             {4, "POSIX_FADV_DONTNEED"}, {5, "POSIX_FADV_NOREUSE"}};
constexpr Value kProtFlags[] = {{1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}};
constexpr Value kMapFlags[] = {{1, "MAP_SHARED"}, {2, "MAP_PRIVATE"}, {16, "MAP_FIXED"}, {32, "MAP_ANONYMOUS"}};

struct Known {
  StrView name;
  StrView meaning;
  bool prefix = false;
};

// The first that fits counts.
constexpr Known kRuntime[] = {
    {"emscripten_resize_heap", "grow the memory (JavaScript does it)"},
    {"emscripten_notify_memory_growth", "tell JavaScript that the memory has grown"},
    {"emscripten_get_heap_max", "how far the memory may grow"},
    {"emscripten_get_now", "time of the monotonic clock"},
    {"emscripten_get_now_res", "resolution of the monotonic clock"},
    {"_emscripten_get_now_is_monotonic", "whether the clock is monotonic"},
    {"emscripten_date_now", "time of day"},
    {"emscripten_memcpy_big", "copy memory (JavaScript does it)"},
    {"_emscripten_memcpy_js", "copy memory (JavaScript does it)"},
    {"emscripten_memcpy_js", "copy memory (JavaScript does it)"},
    {"_emscripten_throw_longjmp", "longjmp"},
    {"emscripten_longjmp", "longjmp"},
    {"emscripten_sleep", "sleep (Asyncify or JSPI)"},
    {"emscripten_set_main_loop", "call the program again with each frame"},
    {"emscripten_set_main_loop_arg", "call the program again with each frame"},
    {"emscripten_run_script", "run JavaScript text"},
    {"emscripten_asm_const_", "run JavaScript of the program (EM_ASM)", true},
    {"emscripten_exit_with_live_runtime", "leave main and stay alive"},
    {"emscripten_force_exit", "end the program"},
    {"emscripten_webgl_", "WebGL context", true},
    {"emscripten_gl", "WebGL", true},
    {"emscripten_fetch", "download", true},
    {"emscripten_websocket_", "web socket", true},
    {"emscripten_set_", "browser events", true},
    {"emscripten_", "a service of Emscripten's JavaScript", true},
    {"_emscripten_", "a service of Emscripten's JavaScript", true},
    {"__emscripten_", "a service of Emscripten's JavaScript", true},
    {"_wasmfs_", "WasmFS: the JavaScript side of a filesystem inside the module", true},
    {"invoke_", "call a function through the table and catch what it throws", true},
    {"__cxa_", "C++ exceptions", true},
    {"__resumeException", "C++ exceptions"},
    {"llvm_eh_typeid_for", "C++ exceptions"},
    {"getTempRet0", "upper half of a 64-bit result"},
    {"setTempRet0", "upper half of a 64-bit result"},
    {"_embind_", "Embind: classes and functions for JavaScript", true},
    {"_emval_", "Embind: JavaScript values", true},
    {"abort", "end the program with an error"},
    {"_abort_js", "end the program with an error"},
    {"abortStackOverflow", "end the program: the stack is full"},
    {"__handle_stack_overflow", "end the program: the stack is full"},
    {"__assert_fail", "a failed assertion"},
    {"_tzset_js", "the time zone"}, {"tzset", "the time zone"}, {"tzset_impl", "the time zone"},
    {"_localtime_js", "local time"}, {"localtime_r", "local time"},
    {"_gmtime_js", "calendar time"}, {"gmtime_r", "calendar time"},
    {"_mktime_js", "calendar time"}, {"_timegm_js", "calendar time"}, {"mktime", "calendar time"},
    {"strftime", "time as text"}, {"strftime_l", "time as text"},
    {"time", "time of day"}, {"gettimeofday", "time of day"}, {"clock_gettime", "time of a clock"},
    {"getentropy", "random bytes"},
    {"_setitimer_js", "an interval timer"},
    {"_emscripten_runtime_keepalive_clear", "allow the program to end"},
    {"exit", "end the program"}, {"_exit", "end the program"},
    {"getaddrinfo", "look up a host's address"}, {"_emscripten_lookup_name", "look up a host's address"}, {"getnameinfo", "look up a host's name"},
    {"dlopen", "load a dynamic library"}, {"dlsym", "a symbol of a dynamic library"}, {"_dlopen_js", "load a dynamic library"}, {"_dlsym_js", "a symbol of a dynamic library"},
    {"pthread_create", "start a thread"}, {"__pthread_create_js", "start a thread"}, {"__pthread_kill_js", "signal a thread"},
    {"proc_exit", "end the program"},
    {"egl", "EGL", true}, {"SDL_", "SDL", true},
};
// clang-format on

constexpr int compare(StrView a, StrView b) {
  for (u32 i = 0; i < a.len && i < b.len; i++)
    if (a.ptr[i] != b.ptr[i]) return static_cast<u8>(a.ptr[i]) < static_cast<u8>(b.ptr[i]) ? -1 : 1;
  return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

constexpr u32 kCount = sizeof kTable / sizeof kTable[0];

constexpr bool sorted() {
  for (u32 i = 1; i < kCount; i++)
    if (compare(kTable[i - 1].name, kTable[i].name) >= 0) return false;
  return true;
}
static_assert(sorted());

constexpr bool starts_with(StrView text, StrView with) {
  return text.len >= with.len && compare({text.ptr, with.len}, with) == 0;
}

template <usize N> constexpr Values list(const Value (&values)[N]) { return {values, N}; }

const Function *find_exact(StrView name) {
  u32 low = 0, high = kCount;
  while (low < high) {
    u32 middle = (low + high) / 2;
    int order = compare(kTable[middle].name, name);
    if (order == 0) return &kTable[middle];
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return nullptr;
}

} // namespace

const u32 kFunctions = kCount;
const Function *functions() { return kTable; }

const Function *find(StrView name) {
  constexpr StrView kNew = "__syscall_", kOldStyle = "__sys_";
  if (!starts_with(name, kOldStyle) || starts_with(name, kNew)) return find_exact(name);
  char text[64];
  u32 tail = name.len - kOldStyle.len;
  if (tail > sizeof text - kNew.len) return nullptr;
  for (u32 i = 0; i < kNew.len; i++) text[i] = kNew.ptr[i];
  for (u32 i = 0; i < tail; i++) text[kNew.len + i] = name.ptr[kOldStyle.len + i];
  return find_exact({text, kNew.len + tail});
}

u32 signature(const Function &f, bool split, CoreType *types) {
  u32 n = 0;
  for (u32 i = 0; i < f.param_count; i++) {
    Kind kind = f.params[i].kind;
    if (kind == number64 && !split) {
      types[n++] = CoreType::i64;
      continue;
    }
    types[n++] = CoreType::i32;
    if (kind == number64 || kind == buffer || kind == dirents) types[n++] = CoreType::i32;
  }
  return n;
}

Values values_of(Set set) {
  switch (set) {
  case Set::none:
    return {};
  case Set::open:
    return list(kOpenFlags);
  case Set::at:
    return list(kAtFlags);
  case Set::access:
    return list(kAccess);
  case Set::fcntl:
    return list(kFcntl);
  case Set::advice:
    return list(kAdvice);
  case Set::prot:
    return list(kProtFlags);
  case Set::map:
    return list(kMapFlags);
  }
  return {};
}

StrView meaning_of_runtime(StrView name) {
  // OpenGL's and OpenAL's functions: glClear, alSource.
  bool library = name.len > 2 && name.ptr[1] == 'l' && name.ptr[2] >= 'A' && name.ptr[2] <= 'Z';
  if (library && name.ptr[0] == 'g') return "WebGL";
  if (library && name.ptr[0] == 'a') return "OpenAL";
  for (const Known &known : kRuntime)
    if (known.prefix ? starts_with(name, known.name) : compare(known.name, name) == 0) return known.meaning;
  return {};
}

} // namespace mayfly::abi::emscripten
