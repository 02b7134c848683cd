#include "cli/pack_options.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "cli/pack_files.h"
#include "pack/cut.h"

namespace mayfly::cli {
namespace {

constexpr uint64_t kMaxBytesLeast = 64 * 1024; // an empty filesystem with /dev
constexpr uint64_t kMaxFdsLeast = 4, kMaxFdsMost = 1 << 20;
constexpr uint64_t kMaxInodesLeast = 16;
constexpr size_t kGlueBytesMax = 256u << 20;
constexpr std::string_view kFilesystemPlace = "vfs"; // of --layer

// "HOST::GUEST"; without "::" both are the same.
std::pair<std::string, std::string> split_mapping(const std::string &text) {
  size_t at = text.rfind("::");
  if (at == text.npos) return {text, text};
  return {text.substr(0, at), text.substr(at + 2)};
}

std::expected<image::GuestPath, Failure> guest_path(const std::string &option, const std::string &text) {
  if (text.empty())
    return std::unexpected(usage(option, "the path inside the filesystem is empty", "use / for its root"));
  auto path = image::parse_guest_path(text);
  if (!path) return std::unexpected(usage(fmt::format("{} {}", option, text), path.error()));
  return std::move(*path);
}

struct Owner {
  uint32_t uid, gid;
};

std::expected<Owner, Failure> parse_owner(const std::string &option, const std::string &text) {
  size_t colon = text.find(':');
  auto uid = parse_number(std::string_view(text).substr(0, colon), 0xffff'fffe);
  auto gid = colon == text.npos ? uid : parse_number(std::string_view(text).substr(colon + 1), 0xffff'fffe);
  if (!uid || !gid)
    return std::unexpected(
        usage(option, fmt::format("\"{}\" is not UID:GID", text), "for instance 1000:1000"));
  return Owner{static_cast<uint32_t>(*uid), static_cast<uint32_t>(*gid)};
}

} // namespace

std::expected<LayerFiles, Failure> parse_layers(const std::vector<std::string> &values) {
  LayerFiles layers;
  bool below = false;
  for (const std::string &value : values) {
    if (value == "-")
      return std::unexpected(usage("--layer -", "a layer cannot be read from stdin", "name its file"));
    if (value == kFilesystemPlace && below)
      return std::unexpected(
          usage("--layer vfs", "is given twice", "the filesystem has one place in the stack"));
    if (value == kFilesystemPlace)
      below = true;
    else
      (below ? layers.below : layers.above).push_back(value);
  }
  return layers;
}

void PackArguments::add_to(CLI::App &command, bool runs) {
  command_ = &command;
  runs_ = runs;
  size_t others = command.get_options().size();
  auto many = [&](const char *name, std::vector<std::string> &into, const char *help, const char *type,
                  const char *group) {
    command.add_option(name, into, help)->type_name(type)->allow_extra_args(false)->group(group);
  };
  auto one = [&](const char *name, std::string &into, const char *help, const char *type, const char *group) {
    command.add_option(name, into, help)->type_name(type)->group(group);
  };
  const char *files = "What is in the filesystem (repeatable; later ones overlay earlier ones)";
  many("--dir", dirs_, "a directory with all below it, and a preopen of that name", "HOST[::GUEST]", files);
  many("--file", files_, "one file; - is standard input", "HOST[::GUEST]", files);
  many("--tar", tars_, "an archive: tar (plain, gz, bz2, xz, zst) or zip, and a preopen", "FILE[::GUEST]",
       files);
  many("--exclude", exclude_,
       "leave out of --dir and --tar what this pattern matches: a name, or a path with a /", "GLOB", files);
  many("--preopen", preopens_, "one more preopened directory; made if it is missing", "NAME", files);
  if (runs)
    many("--host-dir", host_dirs_, "a directory of the host's, under the name GUEST", "GUEST[=HOST]", files);
  else
    many("--host-dir", host_dirs_, "a directory that stays the host's: its preopen of this name", "GUEST",
         files);
  command.add_flag("--no-root", no_root_, "do not preopen /")->group(files);
  one("--owner", owner_, "who owns the packed files [0:0]", "UID:GID", files);

  const char *rules = "Rules of the filesystem";
  command.add_flag("--read-only", read_only_, "every change fails with EROFS")->group(rules);
  one("--user", user_, "who the program is; 0 may do everything [0:0]", "UID:GID", rules);
  one("--umask", umask_, "octal [022]", "MASK", rules);
  one("--max-bytes", max_bytes_, "most memory for files and directories: ENOSPC (suffixes K M G)", "N",
      rules);
  one("--max-inodes", max_inodes_, "most files and directories: ENOSPC", "N", rules);
  one("--max-fds", max_fds_, "most open descriptors: EMFILE [4096]", "N", rules);

  const char *world = "The world outside";
  one("--stdio", stdio_, "descriptors 0-2: host, null, or file (in /.mayfly) [host]", "WHAT", world);
  many("--env", env_, "bake in the environment: these variables and no others", "K=V", world);
  many("--arg", args_, "bake in the arguments (after the program's name)", "A", world);
  command
      .add_flag("--hermetic", hermetic_, "no imports at all: args, env, clock, random and streams are inside")
      ->group(world);
  one("--seed", seed_, "of the random numbers of --hermetic [0]", "N", world);
  one("--clock", clock_, "what time it is for files: host or counter [host if the program shows times]",
      "WHAT", world);

  many("--stub", stubs_, "answer this import instead of the host: trap, zero or errno:E",
       "MODULE.NAME=ANSWER", world);
  many("--deny", denied_, "answer EPERM instead of the host: file, desc, clock, random, socket, …, all",
       "GROUP", world);

  one("--glue", glue_, "Emscripten's JavaScript of the module: recovers minified import names", "APP.js",
      "The module");

  const char *layers = "Layers (docs/layers.md)";
  many("--layer", layers_, "a layer of your own, above the filesystem or, after --layer vfs, below it",
       "FILE", layers);

  const char *output = "The output";
  command.add_flag("--isolate", isolate_, "keep the filesystem in a memory of its own (needs multi-memory)")
      ->group(output);
  command.add_flag("--keep-unused", keep_unused_, "keep imports that nothing in the module can reach")
      ->group(output);
  command.add_flag("-O,--optimize", optimize_, "run wasm-opt on the result")->group(output);
  std::vector<CLI::Option *> all = command.get_options();
  own_.assign(all.begin() + static_cast<std::ptrdiff_t>(others), all.end());
}

std::expected<PackSettings, Failure> PackArguments::read() const {
  PackSettings settings;
  PackOptions &options = settings.pack;
  if (const char *epoch = std::getenv("SOURCE_DATE_EPOCH"); epoch && *epoch) {
    auto seconds = parse_number(epoch, 9'000'000'000);
    if (!seconds)
      return std::unexpected(
          usage("SOURCE_DATE_EPOCH", fmt::format("\"{}\" is not a number of seconds", epoch)));
    options.time_ns = static_cast<int64_t>(*seconds) * 1'000'000'000;
    options.mtime_ns_max = options.time_ns;
  }
  options.read_only = read_only_;
  options.placement = isolate_ ? Placement::isolated : Placement::shared;
  settings.optimize = optimize_;
  settings.exclude = exclude_;
  if (!exclude_.empty() && dirs_.empty() && tars_.empty())
    return std::unexpected(
        usage("--exclude " + exclude_[0], "there is no --dir or --tar to leave it out of"));
  auto layers = parse_layers(layers_);
  if (!layers) return std::unexpected(layers.error());
  settings.layers = std::move(*layers);
  options.keep_unused = keep_unused_;
  for (auto part : {&PackArguments::read_glue, &PackArguments::read_identity, &PackArguments::read_sources,
                    &PackArguments::read_preopens, &PackArguments::read_limits, &PackArguments::read_world,
                    &PackArguments::read_cuts})
    if (auto done = (this->*part)(settings); !done) return std::unexpected(done.error());
  return settings;
}

std::string PackArguments::first_that_packs(std::string_view but) const {
  for (const CLI::Option *option : command_->parse_order()) {
    std::string name = option->get_name();
    if (std::ranges::find(own_, option) != own_.end() && name != "--env" && name != "--arg" &&
        name != "--host-dir" && name != "--glue" && name != but)
      return name;
  }
  return "";
}

std::expected<void, Failure> PackArguments::read_glue(PackSettings &settings) const {
  if (glue_.empty()) return {};
  auto text = read_app(glue_);
  if (!text) return std::unexpected(text.error());
  if (text->size() > kGlueBytesMax)
    return std::unexpected(Failure{glue_, "is larger than 256 MiB, which no glue is", ""});
  settings.pack.glue = glue_;
  settings.pack.glue_text.assign(text->begin(), text->end());
  return {};
}

// Overlay order is the order of the command line, across the options.
std::expected<void, Failure> PackArguments::read_sources(PackSettings &settings) const {
  std::map<std::string, size_t> next;
  for (const CLI::Option *option : command_->parse_order()) {
    std::string name = option->get_name();
    const std::vector<std::string> *values = name == "--dir"    ? &dirs_
                                             : name == "--file" ? &files_
                                             : name == "--tar"  ? &tars_
                                                                : nullptr;
    if (!values) continue;
    const std::string &text = (*values)[next[name]++];
    auto [host, guest] = split_mapping(text);
    SourceWords source{SourceWords::directory, host, guest, {}};
    if (name == "--file") source.kind = SourceWords::file;
    if (name == "--tar") {
      source.kind = SourceWords::archive;
      if (guest == host && text.find("::") == text.npos) source.name = "/";
    }
    if (host.empty())
      return std::unexpected(
          usage(fmt::format("{} {}", name, text), "the host's path is empty", name + " HOST::GUEST"));
    if (host == "-" && (source.kind != SourceWords::file || source.name == "-"))
      return std::unexpected(
          source.kind == SourceWords::file
              ? usage("--file -", "standard input has no name", "give it one: --file -::/NAME")
              : usage(name + " -", "only --file reads standard input"));
    if (host == "-" &&
        std::ranges::find(settings.sources, host, &SourceWords::host) != settings.sources.end())
      return std::unexpected(
          usage(fmt::format("--file {}", text), "standard input is read by another --file"));
    if (source.name.ends_with('/') && source.kind == SourceWords::file)
      source.name += host.substr(host.rfind('/') + 1);
    auto path = guest_path(name, source.name);
    if (!path) return std::unexpected(path.error());
    source.guest = std::move(*path);
    if (source.kind == SourceWords::file && source.guest.empty())
      return std::unexpected(
          usage(fmt::format("{} {}", name, text), "a file cannot be the root", "name it: HOST::/NAME"));
    // Overlaying one source with another is meant; with itself it is a slip, often of a script.
    for (const SourceWords &old : settings.sources)
      if (old.kind == source.kind && old.host == source.host && old.guest == source.guest)
        return std::unexpected(usage(fmt::format("{} {}", name, text), "is given twice",
                                     "leave one out; to overlay, give another source at the same place"));
    settings.sources.push_back(std::move(source));
  }
  return {};
}

// "/" first, as descriptor 3, then what --dir and --tar name, then --preopen and --host-dir.
std::expected<void, Failure> PackArguments::read_preopens(PackSettings &settings) const {
  auto &preopens = settings.pack.preopens;
  auto add = [&](const std::string &name, bool host) -> std::expected<void, Failure> {
    for (const Preopen &old : preopens) {
      if (old.name != name) continue;
      if (old.host == host) return {};
      return std::unexpected(usage("--host-dir " + name, "is also a directory of the packed filesystem",
                                   "give one of them another name"));
    }
    preopens.push_back({name, host});
    return {};
  };
  if (!no_root_) preopens.push_back({"/", false});
  for (const SourceWords &source : settings.sources)
    if (source.kind != SourceWords::file) (void)add(source.name, false);
  for (const std::string &name : preopens_) {
    if (auto path = guest_path("--preopen", name); !path) return std::unexpected(path.error());
    (void)add(name, false);
  }
  for (const std::string &text : host_dirs_) {
    size_t equals = runs_ ? text.find('=') : text.npos;
    std::string name = text.substr(0, equals);
    if (runs_) settings.host_paths.emplace_back(name, equals == text.npos ? name : text.substr(equals + 1));
    if (auto path = guest_path("--host-dir", name); !path) return std::unexpected(path.error());
    if (auto done = add(name, true); !done) return done;
  }
  return {};
}

std::expected<void, Failure> PackArguments::read_limits(PackSettings &settings) const {
  PackOptions &format = settings.pack;
  if (!max_bytes_.empty()) {
    auto value = parse_size(max_bytes_);
    if (!value || *value < kMaxBytesLeast)
      return std::unexpected(usage("--max-bytes",
                                   fmt::format("\"{}\" is not a size of at least 64K", max_bytes_),
                                   "for instance 16M"));
    format.max_bytes = *value;
  }
  if (!max_inodes_.empty()) {
    auto value = parse_number(max_inodes_, 0xffff'ffff);
    if (!value || *value < kMaxInodesLeast)
      return std::unexpected(usage("--max-inodes", fmt::format("\"{}\" is not a number of at least {}",
                                                               max_inodes_, kMaxInodesLeast)));
    format.max_inodes = static_cast<uint32_t>(*value);
  }
  if (!max_fds_.empty()) {
    auto value = parse_number(max_fds_, kMaxFdsMost);
    if (!value || *value < kMaxFdsLeast)
      return std::unexpected(usage("--max-fds", fmt::format("\"{}\" is not a number from {} to {}", max_fds_,
                                                            kMaxFdsLeast, kMaxFdsMost)));
    format.max_fds = static_cast<uint32_t>(*value);
  }
  return {};
}

std::expected<void, Failure> PackArguments::read_identity(PackSettings &settings) const {
  PackOptions &format = settings.pack;
  if (!user_.empty()) {
    auto user = parse_owner("--user", user_);
    if (!user) return std::unexpected(user.error());
    format.uid = user->uid;
    format.gid = user->gid;
  }
  if (!owner_.empty()) {
    auto owner = parse_owner("--owner", owner_);
    if (!owner) return std::unexpected(owner.error());
    format.owner_uid = owner->uid;
    format.owner_gid = owner->gid;
  }
  if (!umask_.empty()) {
    bool octal =
        umask_.size() <= 4 && std::ranges::all_of(umask_, [](char c) { return c >= '0' && c <= '7'; });
    unsigned long mask = octal ? std::stoul(umask_, nullptr, 8) : ~0ul;
    if (mask > 0777)
      return std::unexpected(
          usage("--umask", fmt::format("\"{}\" is not an octal mask", umask_), "for instance 022"));
    format.umask = static_cast<uint32_t>(mask);
  }
  return {};
}

std::expected<void, Failure> PackArguments::read_cuts(PackSettings &settings) const {
  for (const std::string &text : stubs_) {
    auto stub = parse_stub(text);
    if (!stub) return std::unexpected(stub.error());
    settings.pack.stubs.push_back(std::move(*stub));
  }
  for (const std::string &group : denied_) {
    if (auto known = check_group(group); !known) return known;
    settings.pack.denied.push_back(group);
  }
  return {};
}

std::expected<void, Failure> PackArguments::read_world(PackSettings &settings) const {
  PackOptions &region = settings.pack;
  if (stdio_ == "null")
    region.stdio = Stdio::null;
  else if (stdio_ == "file")
    region.stdio = Stdio::file;
  else if (!stdio_.empty() && stdio_ != "host")
    return std::unexpected(usage("--stdio", fmt::format("\"{}\" is none of host, null, file", stdio_)));
  if (!args_.empty()) region.args = args_;
  if (!env_.empty()) region.env = env_;
  for (const std::string &variable : env_)
    if (variable.find('=') == variable.npos || variable.starts_with('='))
      return std::unexpected(
          usage("--env", fmt::format("\"{}\" is not K=V", variable), "for instance HOME=/root"));
  if (!seed_.empty()) {
    auto seed = parse_number(seed_, ~uint64_t{0});
    if (!seed) return std::unexpected(usage("--seed", fmt::format("\"{}\" is not a number", seed_)));
    region.seed = *seed;
  }
  if (clock_ == "host")
    region.clock = Clock::host;
  else if (clock_ == "counter")
    region.clock = Clock::counter;
  else if (!clock_.empty())
    return std::unexpected(usage("--clock", fmt::format("\"{}\" is neither host nor counter", clock_)));
  if (hermetic_) {
    if (region.clock == Clock::host)
      return std::unexpected(
          usage("--clock host", "needs the host, which --hermetic leaves out", "use counter"));
    if (stdio_ == "host")
      return std::unexpected(
          usage("--stdio host", "needs the host, which --hermetic leaves out", "use file or null"));
    if (!host_dirs_.empty())
      return std::unexpected(usage("--host-dir", "needs the host, which --hermetic leaves out"));
    if (stdio_.empty()) region.stdio = Stdio::file;
    region.hermetic = true;
    if (!region.args) region.args.emplace();
    if (!region.env) region.env.emplace();
  } else if (!seed_.empty()) {
    return std::unexpected(usage("--seed", "is for --hermetic: random numbers come from the host otherwise"));
  }
  if (read_only_ && region.stdio == Stdio::file)
    return std::unexpected(
        usage("--read-only", "standard output could not be written to its file", "add --stdio null"));
  return {};
}

} // namespace mayfly::cli
