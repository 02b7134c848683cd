#include "abi/table.h"

namespace mayfly::abi {
namespace {

constexpr StrView kModuleNames[] = {"wasi_snapshot_preview1", "wasi_unstable"};
constexpr StrView kGroupNames[] = {"file", "desc",    "clock",  "random", "args",
                                   "env",  "process", "socket", "poll",   "sched"};

constexpr Param kFd{Kind::fd, "fd"};
constexpr Param kPath{Kind::path, "path"};
constexpr Param kLookup{Kind::flags32, "flags", Set::lookupflags};
constexpr Param kFdflags{Kind::flags32, "flags", Set::fdflags};
constexpr Param kAtim{Kind::time, "atim"}, kMtim{Kind::time, "mtim"};
constexpr Param kFstflags{Kind::flags32, "fst_flags", Set::fstflags};
constexpr Param kOffset{Kind::number64, "offset"}, kLen{Kind::number64, "len"};
constexpr Param kIovecsRead{Kind::iovecs_read, "iovs"}, kIovecsWrite{Kind::iovecs_write, "iovs"};
constexpr Param kBuf{Kind::buffer, "buf"};
constexpr Param kFilestat{Kind::out_filestat, "buf"};
constexpr Param kRights{Kind::flags64, "fs_rights_base", Set::rights};
constexpr Param kInheriting{Kind::flags64, "fs_rights_inheriting", Set::rights};
constexpr Param kClock{Kind::choice, "id", Set::clockid};

constexpr Param out_size(StrView name) { return {Kind::out_size, name}; }

struct Row {
  Function f;

  constexpr Row(StrView name, Group group, u8 forwarded, StrView meaning) : f{} {
    f.name = name;
    f.group = group;
    f.inside = group == Group::file || group == Group::desc || group == Group::poll;
    f.forwarded = forwarded;
    f.in_unstable = f.returns = true;
    f.meaning = meaning;
  }
  template <class... P> constexpr Row takes(P... params) const {
    Row row = *this;
    ((row.f.params[row.f.param_count++] = params), ...);
    return row;
  }
  constexpr Row differs() const {
    Row row = *this;
    row.f.differs = true;
    return row;
  }
  constexpr Row no_result() const {
    Row row = *this;
    row.f.returns = false;
    return row;
  }
  constexpr Row not_in_unstable() const {
    Row row = *this;
    row.f.in_unstable = false;
    return row;
  }
  constexpr operator Function() const { return f; }
};

using enum Group;
using namespace forward;
constexpr u8 kAnyFd = sockets | host_dirs; // not for standard streams
constexpr u8 kStreams = streams | sockets | host_dirs;

// clang-format off
constexpr Function kTable[] = {
    Row("args_get", args, service, "the arguments").takes(Param{Kind::strings, "argv"}, Param{Kind::string_bytes, "argv_buf"}),
    Row("args_sizes_get", args, service, "number and size of the arguments").takes(out_size("argc"), out_size("argv_buf_size")),
    Row("clock_res_get", clock, service, "resolution of a clock").takes(kClock, Param{Kind::out_time, "resolution"}),
    Row("clock_time_get", clock, service, "time of a clock").takes(kClock, Param{Kind::time, "precision"}, Param{Kind::out_time, "time"}),
    Row("environ_get", env, service, "the environment").takes(Param{Kind::strings, "environ"}, Param{Kind::string_bytes, "environ_buf"}),
    Row("environ_sizes_get", env, service, "number and size of the environment's strings").takes(out_size("environc"), out_size("environ_buf_size")),
    Row("fd_advise", desc, host_dirs, "announce how a file will be read").takes(kFd, kOffset, kLen, Param{Kind::choice, "advice", Set::advice}),
    Row("fd_allocate", desc, host_dirs, "reserve space in a file").takes(kFd, kOffset, kLen),
    Row("fd_close", desc, kAnyFd, "close a descriptor").takes(kFd),
    Row("fd_datasync", desc, host_dirs, "write a file's bytes to storage").takes(kFd),
    Row("fd_fdstat_get", desc, kStreams, "type, flags and rights of a descriptor").takes(kFd, Param{Kind::out_fdstat, "stat"}),
    Row("fd_fdstat_set_flags", desc, kStreams, "change a descriptor's flags").takes(kFd, kFdflags),
    Row("fd_fdstat_set_rights", desc, 0, "give up rights of a descriptor").takes(kFd, kRights, kInheriting),
    Row("fd_filestat_get", desc, kAnyFd, "type, size and times of an open file").takes(kFd, kFilestat).differs(),
    Row("fd_filestat_set_size", desc, host_dirs, "change an open file's size").takes(kFd, Param{Kind::number64, "size"}),
    Row("fd_filestat_set_times", desc, host_dirs, "change an open file's times").takes(kFd, kAtim, kMtim, kFstflags),
    Row("fd_pread", desc, host_dirs, "read at an offset").takes(kFd, kIovecsRead, kOffset, out_size("nread")),
    Row("fd_prestat_dir_name", desc, host_dirs, "name of a preopened directory").takes(kFd, Param{Kind::buffer, "path"}),
    Row("fd_prestat_get", desc, host_dirs, "whether a descriptor is a preopened directory").takes(kFd, Param{Kind::out_prestat, "buf"}),
    Row("fd_pwrite", desc, host_dirs, "write at an offset").takes(kFd, kIovecsWrite, kOffset, out_size("nwritten")),
    Row("fd_read", desc, kStreams, "read").takes(kFd, kIovecsRead, out_size("nread")),
    Row("fd_readdir", desc, host_dirs, "entries of a directory").takes(kFd, Param{Kind::dirents, "buf"}, Param{Kind::number64, "cookie"}, out_size("bufused")),
    Row("fd_renumber", desc, 0, "move a descriptor to another number").takes(kFd, Param{Kind::fd, "to"}),
    Row("fd_seek", desc, host_dirs, "move the position").takes(kFd, Param{Kind::delta, "offset"}, Param{Kind::choice, "whence", Set::whence}, Param{Kind::out_number64, "newoffset"}).differs(),
    Row("fd_sync", desc, host_dirs, "write a file to storage").takes(kFd),
    Row("fd_tell", desc, host_dirs, "the position").takes(kFd, Param{Kind::out_number64, "offset"}),
    Row("fd_write", desc, kStreams, "write").takes(kFd, kIovecsWrite, out_size("nwritten")),
    Row("path_create_directory", file, host_dirs, "make a directory").takes(kFd, kPath),
    Row("path_filestat_get", file, host_dirs, "type, size and times of a file").takes(kFd, kLookup, kPath, kFilestat).differs(),
    Row("path_filestat_set_times", file, host_dirs, "change a file's times").takes(kFd, kLookup, kPath, kAtim, kMtim, kFstflags),
    Row("path_link", file, host_dirs, "make a hard link").takes(Param{Kind::fd, "old_fd"}, Param{Kind::flags32, "old_flags", Set::lookupflags}, Param{Kind::path, "old_path"}, Param{Kind::fd, "new_fd"}, Param{Kind::path, "new_path"}),
    Row("path_open", file, host_dirs, "open or create a file").takes(kFd, Param{Kind::flags32, "dirflags", Set::lookupflags}, kPath, Param{Kind::flags32, "oflags", Set::oflags}, kRights, kInheriting, Param{Kind::flags32, "fdflags", Set::fdflags}, Param{Kind::out_fd, "opened_fd"}),
    Row("path_readlink", file, host_dirs, "target of a symbolic link").takes(kFd, kPath, kBuf, out_size("bufused")),
    Row("path_remove_directory", file, host_dirs, "remove a directory").takes(kFd, kPath),
    Row("path_rename", file, host_dirs, "rename").takes(kFd, Param{Kind::path, "old_path"}, Param{Kind::fd, "new_fd"}, Param{Kind::path, "new_path"}),
    Row("path_symlink", file, host_dirs, "make a symbolic link").takes(Param{Kind::path, "old_path"}, kFd, Param{Kind::path, "new_path"}),
    Row("path_unlink_file", file, host_dirs, "remove a file").takes(kFd, kPath),
    Row("poll_oneoff", poll, streams | service | sockets, "wait for descriptors or clocks").takes(Param{Kind::subscriptions, "in"}, Param{Kind::events, "out"}, Param{Kind::number32, "nsubscriptions"}, out_size("nevents")).differs(),
    Row("proc_exit", process, service, "end the program").takes(Param{Kind::number32, "rval"}).no_result(),
    Row("proc_raise", process, service, "send a signal to itself").takes(Param{Kind::choice, "sig", Set::signal}),
    Row("random_get", random, service, "random bytes").takes(kBuf),
    Row("sched_yield", sched, service, "let others run"),
    Row("sock_accept", socket, sockets, "accept a connection").takes(kFd, kFdflags, Param{Kind::out_fd, "new_fd"}).not_in_unstable(),
    Row("sock_recv", socket, sockets, "receive").takes(kFd, Param{Kind::iovecs_read, "ri_data"}, Param{Kind::flags32, "ri_flags", Set::riflags}, out_size("ro_datalen"), Param{Kind::out_flags16, "ro_flags", Set::roflags}),
    Row("sock_send", socket, sockets, "send").takes(kFd, Param{Kind::iovecs_write, "si_data"}, Param{Kind::flags32, "si_flags", Set::siflags}, out_size("so_datalen")),
    Row("sock_shutdown", socket, sockets, "shut a connection down").takes(kFd, Param{Kind::flags32, "how", Set::sdflags}),
};
static_assert(sizeof kTable / sizeof kTable[0] == kFunctions);

// Names as a reader of C knows them.
constexpr StrView kRightsNames[] = {
    "FD_DATASYNC", "FD_READ", "FD_SEEK", "FD_FDSTAT_SET_FLAGS", "FD_SYNC", "FD_TELL", "FD_WRITE", "FD_ADVISE",
    "FD_ALLOCATE", "PATH_CREATE_DIRECTORY", "PATH_CREATE_FILE", "PATH_LINK_SOURCE", "PATH_LINK_TARGET",
    "PATH_OPEN", "FD_READDIR", "PATH_READLINK", "PATH_RENAME_SOURCE", "PATH_RENAME_TARGET", "PATH_FILESTAT_GET",
    "PATH_FILESTAT_SET_SIZE", "PATH_FILESTAT_SET_TIMES", "FD_FILESTAT_GET", "FD_FILESTAT_SET_SIZE",
    "FD_FILESTAT_SET_TIMES", "PATH_SYMLINK", "PATH_REMOVE_DIRECTORY", "PATH_UNLINK_FILE", "POLL_FD_READWRITE",
    "SOCK_SHUTDOWN", "SOCK_ACCEPT"};
constexpr StrView kFdflagsNames[] = {"O_APPEND", "O_DSYNC", "O_NONBLOCK", "O_RSYNC", "O_SYNC"};
constexpr StrView kOflagsNames[] = {"O_CREAT", "O_DIRECTORY", "O_EXCL", "O_TRUNC"};
constexpr StrView kLookupNames[] = {"AT_SYMLINK_FOLLOW"};
constexpr StrView kFstNames[] = {"ATIM", "ATIM_NOW", "MTIM", "MTIM_NOW"};
constexpr StrView kRiNames[] = {"MSG_PEEK", "MSG_WAITALL"};
constexpr StrView kRoNames[] = {"MSG_TRUNC"};
constexpr StrView kSdNames[] = {"SHUT_RD", "SHUT_WR"};
constexpr StrView kWhenceNames[] = {"SEEK_SET", "SEEK_CUR", "SEEK_END"};
constexpr StrView kWhenceUnstableNames[] = {"SEEK_CUR", "SEEK_END", "SEEK_SET"};
constexpr StrView kAdviceNames[] = {"POSIX_FADV_NORMAL", "POSIX_FADV_SEQUENTIAL", "POSIX_FADV_RANDOM",
                                    "POSIX_FADV_WILLNEED", "POSIX_FADV_DONTNEED", "POSIX_FADV_NOREUSE"};
constexpr StrView kClockNames[] = {"CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID",
                                   "CLOCK_THREAD_CPUTIME_ID"};
constexpr StrView kSignalNames[] = {
    "0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
    "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN",
    "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGPOLL", "SIGPWR", "SIGSYS"};
constexpr StrView kFiletypeNames[] = {"unknown", "block device", "character device", "directory", "regular file",
                                      "datagram socket", "stream socket", "symbolic link"};
constexpr StrView kEventNames[] = {"clock", "fd_read", "fd_write"};
constexpr StrView kSubclockNames[] = {"TIMER_ABSTIME"};
constexpr StrView kEventrwNames[] = {"HANGUP"};

constexpr StrView kErrnoNames[] = {
    "ESUCCESS", "E2BIG", "EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN", "EALREADY", "EBADF",
    "EBADMSG", "EBUSY", "ECANCELED", "ECHILD", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EDEADLK",
    "EDESTADDRREQ", "EDOM", "EDQUOT", "EEXIST", "EFAULT", "EFBIG", "EHOSTUNREACH", "EIDRM", "EILSEQ",
    "EINPROGRESS", "EINTR", "EINVAL", "EIO", "EISCONN", "EISDIR", "ELOOP", "EMFILE", "EMLINK", "EMSGSIZE",
    "EMULTIHOP", "ENAMETOOLONG", "ENETDOWN", "ENETRESET", "ENETUNREACH", "ENFILE", "ENOBUFS", "ENODEV", "ENOENT",
    "ENOEXEC", "ENOLCK", "ENOLINK", "ENOMEM", "ENOMSG", "ENOPROTOOPT", "ENOSPC", "ENOSYS", "ENOTCONN", "ENOTDIR",
    "ENOTEMPTY", "ENOTRECOVERABLE", "ENOTSOCK", "ENOTSUP", "ENOTTY", "ENXIO", "EOVERFLOW", "EOWNERDEAD", "EPERM",
    "EPIPE", "EPROTO", "EPROTONOSUPPORT", "EPROTOTYPE", "ERANGE", "EROFS", "ESPIPE", "ESRCH", "ESTALE",
    "ETIMEDOUT", "ETXTBSY", "EXDEV", "ENOTCAPABLE"};
// clang-format on
static_assert(sizeof kErrnoNames / sizeof kErrnoNames[0] == static_cast<u32>(Errno::notcapable) + 1);

constexpr int compare(StrView a, StrView b) {
  for (u32 i = 0; i < a.len && i < b.len; i++)
    if (a.ptr[i] != b.ptr[i]) return static_cast<u8>(a.ptr[i]) < static_cast<u8>(b.ptr[i]) ? -1 : 1;
  return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

constexpr bool sorted() {
  for (u32 i = 1; i < kFunctions; i++)
    if (compare(kTable[i - 1].name, kTable[i].name) >= 0) return false;
  return true;
}
static_assert(sorted());

template <usize N> constexpr Names list(const StrView (&names)[N]) { return {names, N}; }

} // namespace

StrView module_name(Module m) { return kModuleNames[static_cast<u32>(m)]; }
StrView group_name(Group g) { return kGroupNames[static_cast<u32>(g)]; }
const Function *functions() { return kTable; }

Names names_of(Set set) {
  switch (set) {
  case Set::none:
  case Set::siflags:
    return {}; // no flag is defined
  case Set::rights:
    return list(kRightsNames);
  case Set::fdflags:
    return list(kFdflagsNames);
  case Set::oflags:
    return list(kOflagsNames);
  case Set::lookupflags:
    return list(kLookupNames);
  case Set::fstflags:
    return list(kFstNames);
  case Set::riflags:
    return list(kRiNames);
  case Set::roflags:
    return list(kRoNames);
  case Set::sdflags:
    return list(kSdNames);
  case Set::whence:
    return list(kWhenceNames);
  case Set::whence_unstable:
    return list(kWhenceUnstableNames);
  case Set::advice:
    return list(kAdviceNames);
  case Set::clockid:
    return list(kClockNames);
  case Set::signal:
    return list(kSignalNames);
  case Set::filetype:
    return list(kFiletypeNames);
  case Set::eventtype:
    return list(kEventNames);
  case Set::subclockflags:
    return list(kSubclockNames);
  case Set::eventrwflags:
    return list(kEventrwNames);
  }
  return {};
}

const Function *find(Module module, StrView name) {
  u32 low = 0, high = kFunctions;
  while (low < high) {
    u32 middle = (low + high) / 2;
    int order = compare(kTable[middle].name, name);
    if (order == 0) {
      const Function &f = kTable[middle];
      return module == Module::wasi_unstable && !f.in_unstable ? nullptr : &f;
    }
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return nullptr;
}

const Function *find(StrView module, StrView name) {
  for (u32 m = 0; m < kModules; m++)
    if (compare(kModuleNames[m], module) == 0) return find(static_cast<Module>(m), name);
  return nullptr;
}

u32 signature(const Function &f, CoreType *types) {
  u32 n = 0;
  for (u32 i = 0; i < f.param_count; i++) {
    CoreParams core = core_params(f.params[i].kind);
    for (u32 k = 0; k < core.count; k++) types[n++] = core.types[k];
  }
  return n;
}

u32 stored_bytes(Kind kind, Module module) {
  switch (kind) {
  case Kind::out_fd:
  case Kind::out_size:
    return 4;
  case Kind::out_number64:
  case Kind::out_time:
  case Kind::out_prestat:
    return 8;
  case Kind::out_flags16:
    return 2;
  case Kind::out_fdstat:
    return 24;
  case Kind::out_filestat:
    return module == Module::wasi_unstable ? 56 : 64;
  default:
    return 0;
  }
}

const Param *result_of(const Function &f) {
  for (u32 i = 0; i < f.param_count; i++) {
    Kind kind = f.params[i].kind;
    if (kind == Kind::out_fd || kind == Kind::out_size || kind == Kind::out_number64 ||
        kind == Kind::out_time)
      return &f.params[i];
  }
  return nullptr;
}

StrView errno_name(u32 number) {
  return number < sizeof kErrnoNames / sizeof kErrnoNames[0] ? kErrnoNames[number] : StrView{};
}

} // namespace mayfly::abi
