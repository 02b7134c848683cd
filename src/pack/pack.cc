// `pack` as a list of phases. Each hands values to the next; none has effects outside of them.
#include "pack/pack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "image/region.h"
#include "inspect/host.h"
#include "pack/diagnose.h"
#include "pack/layers.h"
#include "wasm/failure.h"

namespace mayfly::cli {
namespace {

constexpr uint64_t kJsModuleBytesMax = uint64_t{1} << 30; // limit of the JavaScript API specification

Failure from(const image::Error &e) { return {e.where, e.message, e.hint}; }

// Overlays the sources in the order of the command line. From its end the tree is final.
std::expected<void, Failure> read_sources(image::Builder &builder, const PackRequest &request,
                                          Progress &progress) {
  const PackOptions &options = request.options;
  builder.owner = options.owner;
  if (options.mtime_ns_max) builder.mtime_ns_max = *options.mtime_ns_max;
  builder.progress = [&](uint64_t bytes) { progress.at(bytes); };
  struct stat st;
  if (!request.output.empty() && stat(request.output.c_str(), &st) == 0 && S_ISREG(st.st_mode)) {
    builder.skip_device = st.st_dev;
    builder.skip_inode = st.st_ino;
  }
  for (const Source &source : options.sources) {
    progress.phase("reading " + source.host);
    auto done = source.kind == Source::directory ? image::add_directory(builder, source.host, source.guest)
                : source.kind == Source::file    ? image::add_file(builder, source.host, source.guest)
                                                 : image::add_archive(builder, source.host, source.guest);
    if (!done) return std::unexpected(from(done.error()));
  }
  if (auto done = image::complete_tree(builder, options.region); !done)
    return std::unexpected(from(done.error()));
  image::drop_hidden_content(builder);
  return {};
}

// What may still go to the host. The rest of WASI is answered inside, whatever the host offers.
abi::HostUse host_use(const PackOptions &options) {
  const image::RegionOptions &region = options.region;
  return {.services = !region.hermetic,
          .args = !region.args,
          .env = !region.env,
          .streams = region.stdio == image::Stdio::host,
          .host_dirs = options.host_dirs};
}

constexpr std::string_view kPreview1 = "wasi_snapshot_preview1";
const std::string kClockImport = "wasi_snapshot_preview1.clock_time_get";

// Whether the program can change a file and then look at its times, as far as its imports tell.
bool shows_times(const wasm::Module &module, std::span<const uint32_t> unreachable) {
  auto calls = [&](std::initializer_list<std::string_view> names) {
    for (uint32_t f = 0, i = 0; i < module.imports.size(); ++i) {
      const wasm::Import &im = module.imports[i];
      if (im.kind != wasm::Kind::func) continue;
      bool reached = std::ranges::find(unreachable, f++) == unreachable.end();
      if (reached && im.module == kPreview1 && std::ranges::find(names, im.field) != names.end()) return true;
    }
    return false;
  };
  bool writes = calls({"path_open"}) && calls({"fd_write", "fd_pwrite", "fd_allocate", "fd_filestat_set_size",
                                               "fd_filestat_set_times"});
  bool changes = writes || calls({"path_create_directory", "path_filestat_set_times", "path_link", "path_rename",
                                  "path_remove_directory", "path_symlink", "path_unlink_file"});
  return changes && calls({"fd_filestat_get", "path_filestat_get"});
}

// The one import that a pack may add: without it a program that never asked for a clock would show files of 2000.
bool may_add_clock(const PackOptions &options, const wasm::Module &module, std::span<const uint32_t> unreachable) {
  if (options.region.hermetic || options.clock == Clock::counter) return false;
  bool preview1 = false;
  for (const wasm::Import &im : module.imports) {
    if (im.module != kPreview1) continue;
    preview1 = true;
    if (im.field == "clock_time_get") return false; // nothing to add
  }
  if (options.clock == Clock::host) return preview1;
  for (const std::string &group : options.cut.denied)
    if (group == "clock" || group == "all") return false;
  return !options.region.read_only && shows_times(module, unreachable);
}

// What the output shall not ask its host for, because the options say so.
std::expected<void, Failure> cut_imports(const PackRequest &request, const wasm::Module &module,
                                         link::Options &link_options) {
  auto stubs = stubs_for(module, request.options.cut);
  if (!stubs) return std::unexpected(stubs.error());
  link_options.stubs = std::move(*stubs);
  return {};
}

// The file's name as runtimes give it: argv[0] of baked-in arguments.
std::string program_name(const std::string &app) {
  return app == "-" ? "app.wasm" : app.substr(app.rfind('/') + 1);
}

} // namespace

std::expected<std::vector<uint8_t>, Failure> read_app(const std::string &path) {
  int fd = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return std::unexpected(Failure{path, fmt::format("cannot be opened: {}", std::strerror(errno)), ""});
  std::vector<uint8_t> bytes;
  struct stat st;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) bytes.reserve(static_cast<size_t>(st.st_size) + 1);
  int error = 0;
  for (size_t have = 0;;) {
    bytes.resize(std::max<size_t>(bytes.capacity(), have + (1 << 16)));
    ssize_t n = ::read(fd, bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    error = n < 0 ? errno : bytes.size() > 0xffff'ffff ? EFBIG : 0;
    bytes.resize(have += static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n <= 0 || error) break;
  }
  ::close(fd);
  if (error == EISDIR)
    return std::unexpected(Failure{path, "is a directory", "name the application's .wasm file"});
  if (error)
    return std::unexpected(Failure{path, fmt::format("cannot be read: {}", std::strerror(error)), ""});
  return bytes;
}

std::expected<Packed, Failure> pack(const PackRequest &request, Progress &progress) {
  progress.phase("reading " + request.app);
  auto app = read_app(request.app);
  if (!app) return std::unexpected(app.error());
  return pack(request, *app, progress);
}

std::expected<Packed, Failure> pack(const PackRequest &request, std::span<const uint8_t> app,
                                    Progress &progress) {
  Packed packed;
  PackReport &report = packed.report;
  image::RegionOptions region_options = request.options.region;

  // 1. Is this something a pack can help? Before the sources are read, because it is cheap.
  auto module = wasm::read_module(app);
  if (!module) return std::unexpected(failure_of(request.app, module.error()));
  auto diagnosis = diagnose(request.app, *module, request.options, request.keep);
  if (!diagnosis) return std::unexpected(diagnosis.error());

  // 2. Sources become one tree and one run of bytes. Both are final from here.
  image::Builder builder({.mode = 0755, .owner = request.options.owner, .mtime_ns = request.options.time_ns});
  if (auto done = read_sources(builder, request, progress); !done) return std::unexpected(done.error());

  // 3. The native core writes the filesystem that the module is born with.
  progress.phase("building the filesystem");
  if (region_options.args)
    region_options.args->insert(region_options.args->begin(), program_name(request.app));
  auto region = image::build_region(builder, region_options);
  if (!region) return std::unexpected(from(region.error()));

  // 4. The linker puts the layer, the region and the content under the application.
  progress.phase("linking");
  link::Options link_options{.placement = request.options.placement,
                             .layer = filesystem_layer(request.options),
                             .image = {region->span(), builder.content.bytes()},
                             .forward = inspect::forwarded_calls(host_use(request.options)),
                             .host = inspect::described_host(),
                             .hermetic = region_options.hermetic};
  link_options.region_max_bytes = region_options.format.max_bytes;
  if (region_options.hermetic)
    link_options.exports = {"mayfly_read", "mayfly_exited", "mayfly_exit_code"};
  else if (region_options.stdio == image::Stdio::file)
    link_options.exports = {"mayfly_read"}; // whoever runs it wants to see what it wrote
  if (may_add_clock(request.options, *module, diagnosis->unused)) link_options.may_import = {kClockImport};
  if (request.options.clock == Clock::counter)
    std::erase_if(link_options.forward, [](const std::string &name) { return name.starts_with("clock_"); });
  link_options.keep = request.keep;
  if (auto done = cut_imports(request, *module, link_options); !done) return std::unexpected(done.error());
  link_options.unused = std::move(diagnosis->unused);
  link_options.unserved = std::move(diagnosis->unserved);
  link::StackReport stack;
  auto linked = link_layers(request.app, app, request.options.layers, std::move(link_options), stack);
  if (!linked) return std::unexpected(linked.error());
  report.link = std::move(stack.whole);
  if (request.options.layers.any()) report.layers = std::move(stack.storeys);
  report.notes = std::move(diagnosis->notes);
  report.asides = std::move(diagnosis->asides);
  report.notes.insert(report.notes.end(), stack.notes.begin(), stack.notes.end());
  if (std::ranges::find(report.link.added_imports, kClockImport) != report.link.added_imports.end())
    report.link.notes.push_back(kClockImport + " is imported in addition, so that files get the host's time; "
                                               "--clock counter does without");
  packed.bytes = std::move(*linked);

  // 5. What was done.
  report.app = request.app;
  report.app_bytes = app.size();
  report.platform = inspect::platform_name(diagnosis->platform);
  report.files = region->files;
  report.directories = region->directories;
  report.symlinks = region->symlinks;
  report.content_bytes = builder.content.bytes().size();
  report.file_bytes = report.content_bytes + builder.content.bytes_saved();
  report.region_bytes = region->bytes;
  report.output_bytes = packed.bytes.size();
  for (const image::Preopen &preopen : region_options.preopens) report.preopens.push_back(preopen.name);
  for (const StubOption &stub : request.options.cut.stubs) {
    bool used = std::ranges::any_of(report.link.imports, [&](const link::ImportFate &fate) {
      return fate.module == stub.module && fate.field == stub.field && !fate.stub.empty();
    });
    if (!used)
      report.notes.push_back("--stub " + stub.text +
                             " changes nothing: the host would not have been asked for that call");
  }
  bool served = std::ranges::any_of(report.link.imports, &link::ImportFate::served);
  if (!served) {
    report.asides.push_back("the module calls no file functions of WASI: nothing is virtualized");
    if (!request.options.sources.empty())
      report.notes.push_back(fmt::format(
          "{} is not in the output: the module has no call that could open a file",
          request.options.sources.size() == 1 ? request.options.sources[0].host : "what was given"));
  }
  if (builder.skipped)
    report.notes.push_back(request.output +
                           " lies in a packed directory and is left out: it is the output itself");
  if (packed.bytes.size() > kJsModuleBytesMax)
    report.notes.push_back("the output is larger than 1 GiB, which JavaScript engines refuse");
  return packed;
}

} // namespace mayfly::cli
