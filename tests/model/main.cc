// The model test: random operation sequences on the core and on a tmpfs directory through
// the kernel must give identical results, errnos and trees, and the region must stay sound.
//
//   model_test [--seed S] [--ops N] [--run-ops N] [--users 0|1] [--verbose]
//
// N operations are done in runs of --run-ops each, every run on a fresh filesystem with the
// next seed. A difference prints "--seed S --ops N", which replays exactly that run up to
// the failing operation; --verbose prints each operation before it is done. Exit status: 0 the same
// everywhere, 1 a difference, 77 the machine does not let us (no tmpfs at /dev/shm, not root).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "side.h"

namespace mayfly::model {
namespace {

constexpr int kSkip = 77;
constexpr uint64_t kStateEvery = 200; // operations between two comparisons of everything

struct Options {
  uint64_t seed = 1, ops = 100'000, run_ops = 2'000;
  bool users = true, verbose = false;
};

struct Run {
  const Options &options;
  uint64_t seed;
  CoreSide core;
  KernelSide kernel;
};

// Flags that open(2) refuses whatever the path is.
bool contradicts_itself(uint32_t flags) {
  namespace f = open_flags;
  if (flags & f::path) return false;
  return (flags & f::create && flags & (f::directory | f::tmpfile)) ||
         (flags & f::tmpfile && !(flags & f::write));
}

// Rewrites what the sides would only answer differently by design (side.h). False: leave this one out.
bool comparable(Run &run, Operation &op) {
  if (op.kind == Kind::seek) {
    bool data_or_hole = op.mode >= static_cast<uint32_t>(Whence::data);
    if (data_or_hole && run.kernel.holes_differ(op.fd)) return false;
    if (run.core.is_open_directory(op.fd) && (op.delta != 0 || op.mode != 0)) return false;
  }
  if (op.path2.size() >= kPathMax) op.path2.resize(kPathMax - 1);
  if (!run.core.is_open(op.dir2)) op.dir2 = -1;
  if (op.kind == Kind::truncate || op.kind == Kind::chdir) op.dir = -1; // no *at form in the kernel
  // EINVAL and EISDIR at once.
  if (op.kind == Kind::pread && op.offset + op.length > kFileSizeMax && run.core.is_open_directory(op.fd))
    return false;
  // ENAMETOOLONG when a link's target and the rest of the path exceed PATH_MAX together (POSIX allows it).
  if (op.kind == Kind::symlink && op.path.size() > 2000 && op.path.size() < kPathMax) op.path.resize(2000);
  auto climbs = [&](int dir, const std::string &path) {
    return path.find("..") != std::string::npos && run.core.starts_nowhere(dir);
  };
  if (climbs(op.dir, op.path) || climbs(op.dir2, op.path2)) return false;
  // Bad flags are found before anything is looked at: a front end's business.
  if (op.kind == Kind::rename && op.flags == (rename_flags::noreplace | rename_flags::exchange)) op.dir = -1;
  if (op.kind == Kind::open && contradicts_itself(op.flags)) {
    op.dir = -1;
    if (op.path.size() >= kPathMax) op.path.resize(kPathMax - 1);
  }
  // With nothing to set Linux does not even look at the path; the core does.
  bool sets_times = op.kind == Kind::utimens || op.kind == Kind::futimens;
  if (sets_times && op.how_atime == SetTime::omit && op.how_mtime == SetTime::omit) return false;
  // Linux reads the link that a descriptor itself is.
  if (op.kind == Kind::readlink && op.path.empty()) op.dir = -1;
  if (op.kind == Kind::link && run.kernel.link_is_protected(op)) return false;
  return true;
}

// A loop whose links make the path longer is too long here before it is a loop.
// In a removed directory nothing exists, however long its name is.
// The kernel measures the last components of two-path operations only after it has walked both paths.
// In a sticky directory that everybody may write to, O_CREAT on a symlink that is not followed meets a part
// of the kernel's protected_regular policy that no setting turns off.
bool equally_refused(const Operation &op, const Outcome &core, const Outcome &kernel) {
  constexpr uint32_t stays_at_link = open_flags::create | open_flags::nofollow;
  if (op.kind == Kind::open && (op.flags & stays_at_link) == stays_at_link &&
      core.error == errno_name(Errno::loop) && kernel.error == errno_name(Errno::acces))
    return true;
  bool too_long = core.error == errno_name(Errno::nametoolong);
  if (too_long && kernel.error == errno_name(Errno::loop)) return true;
  if (too_long && kernel.error == errno_name(Errno::noent)) return true;
  return (op.kind == Kind::rename || op.kind == Kind::link || op.kind == Kind::open ||
          op.kind == Kind::unlink) &&
         too_long && kernel.error != errno_name(Errno::ok);
}

bool report(const Run &run, uint64_t number, const Operation *op, const std::string &core,
            const std::string &kernel) {
  std::fprintf(stderr,
               "model_test: difference; replay with --seed %llu --ops %llu --run-ops %llu --users %d\n",
               static_cast<unsigned long long>(run.seed), static_cast<unsigned long long>(number + 1),
               static_cast<unsigned long long>(number + 1), run.options.users);
  if (op != nullptr)
    std::fprintf(stderr, "  operation %llu: %s\n", static_cast<unsigned long long>(number),
                 describe(*op).c_str());
  std::fprintf(stderr, "  core:   %s\n  kernel: %s\n", core.c_str(), kernel.c_str());
  return false;
}

// The first line in which two states differ, as a pair.
std::pair<std::string, std::string> first_difference(const std::string &a, const std::string &b) {
  size_t line = 0;
  for (size_t i = 0; i < a.size() && i < b.size() && a[i] == b[i]; ++i)
    if (a[i] == '\n') line = i + 1;
  auto cut = [&](const std::string &s) { return s.substr(line, s.find('\n', line) - line); };
  return {cut(a), cut(b)};
}

bool same_state(Run &run, uint64_t number, const Operation *op) {
  std::string core = run.core.state(), kernel = run.kernel.state();
  if (core != kernel) {
    auto [ours, theirs] = first_difference(core, kernel);
    return report(run, number, op, "state: " + ours, "state: " + theirs);
  }
  if (std::string what = run.core.unsound(); !what.empty())
    return report(run, number, op, "verify: " + what, "");
  return true;
}

// One run in a process of its own; the exit status of that process.
int run_once(const Options &options, const std::string &root, uint64_t seed, uint64_t ops) {
  Run run{options, seed, {}, {}};
  if (!KernelSide::enter(root, run.core.root_mode())) return kSkip;
  Generator generator(seed, {.absolute_paths = true, .users = options.users});
  bool last_only = options.verbose;
  for (uint64_t n = 0; n < ops; ++n) {
    Operation op = generator.next();
    if (!comparable(run, op)) continue;
    if (last_only) std::fprintf(stderr, "%llu %s", static_cast<unsigned long long>(n), describe(op).c_str());
    Outcome core = run.core.apply(op);
    Outcome kernel = run.kernel.apply(op);
    if (last_only) std::fprintf(stderr, " = %s\n", describe(core).c_str());
    if (run.kernel.out_of_space()) return std::fputs("model_test: the tmpfs is full\n", stderr), kSkip;
    if (core != kernel && !equally_refused(op, core, kernel))
      return report(run, n, &op, describe(core), describe(kernel)), 1;
    if (n % kStateEvery == kStateEvery - 1 || options.verbose)
      if (!same_state(run, n, &op)) return 1;
  }
  return same_state(run, ops - 1, nullptr) ? 0 : 1;
}

int run_in_child(const Options &options, const std::string &root, uint64_t seed, uint64_t ops) {
  pid_t child = fork();
  if (child == 0) _exit(run_once(options, root, seed, ops));
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 1;
  std::error_code ignored;
  std::filesystem::remove_all(root, ignored);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  std::fprintf(stderr, "model_test: run with --seed %llu ended by signal %d\n",
               static_cast<unsigned long long>(seed), WTERMSIG(status));
  return 1;
}

bool parse(int count, char **arguments, Options &options) {
  for (int i = 1; i < count; ++i) {
    std::string name = arguments[i];
    if (name == "--verbose") {
      options.verbose = true;
      continue;
    }
    if (i + 1 == count) return false;
    uint64_t value = std::strtoull(arguments[++i], nullptr, 10);
    if (name == "--seed")
      options.seed = value;
    else if (name == "--ops")
      options.ops = value;
    else if (name == "--run-ops")
      options.run_ops = value != 0 ? value : 1;
    else if (name == "--users")
      options.users = value != 0;
    else
      return false;
  }
  return true;
}

} // namespace

int main(int count, char **arguments) {
  Options options;
  if (!parse(count, arguments, options)) {
    std::fputs("usage: model_test [--seed S] [--ops N] [--run-ops N] [--users 0|1] [--verbose]\n", stderr);
    return 2;
  }
  constexpr long kTmpfsMagic = 0x01021994;
  struct statfs s;
  if (::statfs("/dev/shm", &s) != 0 || s.f_type != kTmpfsMagic || geteuid() != 0) {
    std::fputs("model_test: skipped: needs root and a tmpfs at /dev/shm\n", stderr);
    return kSkip;
  }
  std::string base = "/dev/shm/mayfly-model-" + std::to_string(getpid());
  std::filesystem::create_directory(base);
  int status = 0;
  uint64_t done = 0;
  for (uint64_t seed = options.seed; done < options.ops && status == 0; ++seed) {
    uint64_t ops = std::min(options.run_ops, options.ops - done);
    status = run_in_child(options, base + "/" + std::to_string(seed), seed, ops);
    done += ops;
  }
  std::filesystem::remove_all(base);
  if (status == 0) std::printf("%llu operations, no difference\n", static_cast<unsigned long long>(done));
  if (status == kSkip)
    std::fputs("model_test: skipped: this machine does not allow chroot or its tmpfs is full\n", stderr);
  return status;
}

} // namespace mayfly::model

int main(int count, char **arguments) { return mayfly::model::main(count, arguments); }
