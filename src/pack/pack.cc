// `pack` as a list of phases. Each hands values to the next; none has effects outside of them.
#include "pack/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "abi/wasi_p1/call.h"
#include "abi/wasi_p1/types.h"
#include "base/parallel.h"
#include "image/region.h"
#include "inspect/host.h"
#include "inspect/platform.h"
#include "pack/cut.h"
#include "pack/diagnose.h"
#include "pack/layers.h"
#include "pack/tree_sink.h"
#include "pack/user_layers.h"
#include "wasm/failure.h"

namespace mayfly {
namespace {

constexpr uint64_t kJsModuleBytesMax = uint64_t{1} << 30; // limit of the JavaScript API specification

std::unexpected<PackError> error(PackError::Kind kind, const Failure &failure) {
  return std::unexpected(PackError{kind, failure.where, failure.message, failure.hint});
}

std::unexpected<PackError> option_error(std::string where, std::string message, std::string hint = "") {
  return std::unexpected(
      PackError{PackError::Kind::option, std::move(where), std::move(message), std::move(hint)});
}

std::expected<image::GuestPath, PackError> guest_path(const std::string &name) {
  auto path = image::parse_guest_path(name);
  if (!path) return option_error(name, path.error());
  return std::move(*path);
}

// What a caller can say that has no meaning. The command line says the same in its own words, before.
std::expected<void, PackError> check_options(const PackOptions &o) {
  if (o.hermetic && o.stdio == Stdio::host)
    return option_error("stdio", "needs the host, which a hermetic pack leaves out", "use file or null");
  if (o.hermetic && has_host_directories(o))
    return option_error("preopens", "a host directory needs the host, which a hermetic pack leaves out");
  if (o.hermetic && o.clock == Clock::host)
    return option_error("clock", "needs the host, which a hermetic pack leaves out", "use Clock::counter");
  if (o.read_only && o.stdio == Stdio::file)
    return option_error("read_only", "standard output could not be written to its file", "use Stdio::null");
  if (o.max_bytes < kFormatBytesMin) return option_error("max_bytes", "is less than 65,536");
  if (o.max_inodes < 16) return option_error("max_inodes", "is less than 16");
  if (o.max_fds < 4 || o.max_fds > 1 << 20) return option_error("max_fds", "is not from 4 to 1,048,576");
  for (const Stub &stub : o.stubs)
    if (stub.answer == Stub::Answer::error && (stub.error_number < 1 || stub.error_number > 76))
      return option_error("stubs", fmt::format("{} is no error number of WASI", stub.error_number));
  return {};
}

// argv[0] of baked-in arguments: the file's name as runtimes give it.
std::string program_name(const PackOptions &o) {
  return o.program.empty() ? o.name.substr(o.name.rfind('/') + 1) : o.program;
}

std::expected<image::RegionOptions, PackError> region_options(const PackOptions &o) {
  image::RegionOptions region;
  region.rights = {wasi_p1::right::all, wasi_p1::right::of_directory, wasi_p1::kHostDirUnresolved};
  region.format.max_bytes = o.max_bytes;
  region.format.max_inodes = o.max_inodes;
  region.format.max_fds = o.max_fds;
  region.format.uid = o.uid;
  region.format.gid = o.gid;
  region.format.umask = o.umask;
  region.format.time_ns = o.time_ns;
  region.format.seed = o.seed;
  region.read_only = o.read_only;
  region.counter_clock = o.clock == Clock::counter;
  region.hermetic = o.hermetic;
  region.stdio = o.stdio == Stdio::host   ? image::Stdio::host
                 : o.stdio == Stdio::null ? image::Stdio::null
                                          : image::Stdio::file;
  region.args = o.args;
  region.env = o.env;
  if (o.hermetic && !region.args) region.args.emplace();
  if (o.hermetic && !region.env) region.env.emplace();
  if (region.args) region.args->insert(region.args->begin(), program_name(o));
  for (const Preopen &preopen : o.preopens) {
    auto path = guest_path(preopen.name);
    if (!path) return std::unexpected(path.error());
    region.preopens.push_back({preopen.name, std::move(*path), preopen.host});
  }
  return region;
}

// Overlays the sources in their order. From its end the tree is final.
std::expected<void, PackError> read_sources(image::Builder &builder, std::span<const Source> sources,
                                            const PackOptions &options, const image::RegionOptions &region,
                                            const std::atomic<bool> &stop) {
  builder.owner = {options.owner_uid, options.owner_gid};
  if (options.mtime_ns_max) builder.mtime_ns_max = *options.mtime_ns_max;
  if (options.sha256) builder.content.hash = options.sha256;
  for (const Source &source : sources) {
    auto at = guest_path(source.at);
    if (!at) return std::unexpected(at.error());
    TreeSink sink(builder, std::move(*at), &stop);
    if (auto done = source.feed(sink); !done) return done;
  }
  if (auto done = image::complete_tree(builder, region); !done)
    return error(PackError::Kind::source, done.error());
  image::drop_hidden_content(builder);
  return {};
}

// What may still go to the host. The rest of WASI is answered inside, whatever the host offers.
abi::HostUse host_use(const PackOptions &options) {
  return {.services = !options.hermetic,
          .args = !options.args && !options.hermetic,
          .env = !options.env && !options.hermetic,
          .streams = options.stdio == Stdio::host,
          .host_dirs = has_host_directories(options)};
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
  bool changes =
      writes || calls({"path_create_directory", "path_filestat_set_times", "path_link", "path_rename",
                       "path_remove_directory", "path_symlink", "path_unlink_file"});
  return changes && calls({"fd_filestat_get", "path_filestat_get"});
}

// The one import that a pack may add: without it a program that never asked for a clock would show files of
// 2000.
bool may_add_clock(const PackOptions &options, const wasm::Module &module,
                   std::span<const uint32_t> unreachable) {
  if (options.hermetic || options.clock == Clock::counter) return false;
  bool preview1 = false;
  for (const wasm::Import &im : module.imports) {
    if (im.module != kPreview1) continue;
    preview1 = true;
    if (im.field == "clock_time_get") return false; // nothing to add
  }
  if (options.clock == Clock::host) return preview1;
  for (const std::string &group : options.denied)
    if (group == "clock" || group == "all") return false;
  return !options.read_only && shows_times(module, unreachable);
}

// What the output shall not ask its host for, because the options say so.
std::expected<void, PackError> cut_imports(const PackOptions &options, const wasm::Module &module,
                                           link::Options &link_options) {
  auto stubs = stubs_for(module, options);
  if (!stubs) return error(PackError::Kind::option, stubs.error());
  link_options.stubs = std::move(*stubs);
  return {};
}

// ---- the report

void report_link(PackReport &report, link::StackReport &&stack, bool user_layers) {
  link::Report &link = stack.whole;
  report.placement = link.placement == link::Placement::shared ? Placement::shared : Placement::isolated;
  for (link::ImportFate &fate : link.imports)
    report.imports.push_back({std::move(fate.module), std::move(fate.field), std::move(fate.kind),
                              fate.served, fate.in_output, fate.unused, std::move(fate.stub),
                              std::move(fate.why)});
  if (user_layers)
    for (link::StoreyReport &layer : stack.storeys)
      report.layers.push_back({std::move(layer.name), layer.user, std::move(layer.serves),
                               std::move(layer.added_imports), layer.code_bytes_added});
  report.region_bytes = link.region_bytes;
  report.code_bytes = link.code_bytes_added;
  report.layer_functions_kept = link.layer_functions_kept;
  report.layer_functions_total = link.layer_functions_total;
  report.memory_pages_before = link.memory_min_before;
  report.memory_pages_after = link.memory_min_after;
  report.dropped_sections = std::move(link.dropped_sections);
  report.remarks = std::move(link.notes);
  report.notes.insert(report.notes.end(), stack.notes.begin(), stack.notes.end());
  report.added_imports = std::move(link.added_imports);
  if (std::ranges::find(report.added_imports, kClockImport) != report.added_imports.end())
    report.remarks.push_back(kClockImport + " is imported in addition, so that files get the host's time; "
                                            "--clock counter does without");
}

void report_filesystem(PackReport &report, const image::Builder &builder, const image::Region &region,
                       const PackOptions &options) {
  report.files = region.files;
  report.directories = region.directories;
  report.symlinks = region.symlinks;
  report.content_bytes = builder.content.bytes().size();
  report.file_bytes = report.content_bytes + builder.content.bytes_saved();
  report.region_memory_bytes = region.bytes;
  for (const Preopen &preopen : options.preopens) report.preopens.push_back(preopen.name);
}

void add_notes(PackReport &report, const PackOptions &options) {
  for (const Stub &stub : options.stubs) {
    bool used = std::ranges::any_of(report.imports, [&](const ImportReport &import) {
      return import.module == stub.module && import.field == stub.field && !import.stub.empty();
    });
    if (!used)
      report.notes.push_back("--stub " + stub_text(stub) +
                             " changes nothing: the host would not have been asked for that call");
  }
  if (std::ranges::none_of(report.imports, &ImportReport::served))
    report.asides.push_back("the module calls no file functions of WASI: nothing is virtualized");
  if (report.output_bytes > kJsModuleBytesMax)
    report.notes.push_back("the output is larger than 1 GiB, which JavaScript engines refuse");
}

} // namespace

std::expected<Packed, PackError> pack(std::span<const uint8_t> app, std::span<const Source> sources,
                                      const PackOptions &options) {
  Packed packed;
  PackReport &report = packed.report;
  auto phase = [&](std::string_view name) {
    if (options.on_phase) options.on_phase(name);
  };

  if (auto fine = check_options(options); !fine) return std::unexpected(fine.error());
  auto module = wasm::read_module(app);
  if (!module) return error(PackError::Kind::module, failure_of(options.name, module.error()));
  auto region_wishes = region_options(options);

  // 1. Sources become one tree and one run of bytes, final from here. 2. Is this something a pack can help?
  // Both at the same time: the first waits for the system, the second computes. Where it cannot help, reading
  // stops.
  image::Builder builder(
      {.mode = 0755, .owner = {options.owner_uid, options.owner_gid}, .mtime_ns = options.time_ns});
  std::expected<void, PackError> read;
  std::expected<Diagnosis, Failure> diagnosis;
  std::expected<link::CodeScan, wasm::Error> scan;
  std::atomic<bool> stop = false;
  in_parallel(2, [&](size_t part) {
    if (part == 0 && region_wishes) read = read_sources(builder, sources, options, *region_wishes, stop);
    if (part == 0) return;
    diagnosis = diagnose(*module, options);
    if (diagnosis) scan = link::scan_code(*module); // an error is told by the link, which meets it again
    stop = !diagnosis;
  });
  if (!diagnosis) return error(PackError::Kind::module, diagnosis.error());
  if (!region_wishes) return std::unexpected(region_wishes.error());
  if (!read) return std::unexpected(read.error());

  // 3. The native core writes the filesystem that the module is born with.
  phase("building the filesystem");
  auto region = image::build_region(builder, *region_wishes);
  if (!region) return error(PackError::Kind::source, region.error());

  // 4. The linker puts the layers, the region and the content under the application.
  phase("linking");
  link::Options link_options{.placement = options.placement == Placement::shared ? link::Placement::shared
                                                                                 : link::Placement::isolated,
                             .layer = filesystem_layer(options),
                             .image = {region->span(), builder.content.bytes()},
                             .scan = scan ? &*scan : nullptr,
                             .forward = inspect::forwarded_calls(host_use(options)),
                             .host = inspect::described_host(),
                             .hermetic = options.hermetic};
  link_options.region_max_bytes = options.max_bytes;
  if (options.hermetic)
    link_options.exports = {"mayfly_read", "mayfly_exited", "mayfly_exit_code"};
  else if (options.stdio == Stdio::file)
    link_options.exports = {"mayfly_read"}; // whoever runs it wants to see what it wrote
  if (may_add_clock(options, *module, diagnosis->unused)) link_options.may_import = {kClockImport};
  if (options.clock == Clock::counter)
    std::erase_if(link_options.forward, [](const std::string &name) { return name.starts_with("clock_"); });
  link_options.keep = options.keep;
  if (auto done = cut_imports(options, *module, link_options); !done) return std::unexpected(done.error());
  link_options.unused = std::move(diagnosis->unused);
  link_options.unserved = std::move(diagnosis->unserved);
  link::StackReport stack;
  auto linked = link_layers(app, options, std::move(link_options), stack);
  if (!linked) return std::unexpected(linked.error());
  packed.bytes = std::move(*linked);

  // 5. What was done.
  report.name = options.name;
  report.platform = inspect::platform_name(diagnosis->platform);
  report.input_bytes = app.size();
  report.output_bytes = packed.bytes.size();
  report.notes = std::move(diagnosis->notes);
  report.asides = std::move(diagnosis->asides);
  report_link(report, std::move(stack), !options.layers_above.empty() || !options.layers_below.empty());
  report_filesystem(report, builder, *region, options);
  add_notes(report, options);
  return packed;
}

} // namespace mayfly
