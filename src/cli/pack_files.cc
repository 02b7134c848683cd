#include "cli/pack_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/descriptor.h"
#include "sources/sources.h"

namespace mayfly::cli {
namespace {

// Other tools write HOST:GUEST, with one colon.
PackError with_colon_hint(PackError error, const std::string &host) {
  size_t colon = host.find(':');
  std::error_code ignored;
  if (error.hint.empty() && colon != host.npos && !std::filesystem::exists(host, ignored))
    error.hint = fmt::format("the place inside stands after two colons: {}::{}", host.substr(0, colon),
                             host.substr(colon + 1));
  return error;
}

Source source_of(const SourceWords &words, sources::Options &options, Progress &progress) {
  auto feed = [&, kind = words.kind](EntrySink &sink) {
    progress.phase("reading " + words.host);
    auto done = kind == SourceWords::directory ? sources::add_directory(sink, words.host, options)
                : kind == SourceWords::archive
                    ? sources::add_archive(sink, words.host, options)
                    : sources::add_file(sink, words.host, image::to_string(words.guest), options);
    return done ? done : std::unexpected(with_colon_hint(done.error(), words.host));
  };
  return {words.kind == SourceWords::file ? "/" : image::to_string(words.guest), feed};
}

PackError layer_error(const Failure &failure) {
  return {PackError::Kind::layer, failure.where, failure.message, failure.hint};
}

// The files of --layer. `bytes` is what the layers of the options view.
std::expected<void, PackError> read_layers(const std::vector<std::string> &paths,
                                           std::vector<UserLayer> &layers,
                                           std::vector<std::vector<uint8_t>> &bytes) {
  for (const std::string &path : paths) {
    auto read = read_app(path);
    if (!read) return std::unexpected(layer_error(read.error()));
    bytes.push_back(std::move(*read));
    layers.push_back({path, bytes.back()}); // a vector that moves keeps its bytes where they are
  }
  return {};
}

} // namespace

std::expected<std::vector<uint8_t>, Failure> read_app(const std::string &path) {
  Descriptor file(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    return std::unexpected(Failure{path, fmt::format("cannot be opened: {}", std::strerror(errno)), ""});
  std::vector<uint8_t> bytes;
  struct stat st;
  if (fstat(file.fd(), &st) == 0 && S_ISREG(st.st_mode)) bytes.reserve(static_cast<size_t>(st.st_size) + 1);
  int error = 0;
  for (size_t have = 0;;) {
    bytes.resize(bytes.capacity() > have ? bytes.capacity() : std::max<size_t>(have * 2, 1 << 16));
    ssize_t n = ::read(file.fd(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    error = n < 0 ? errno : bytes.size() > 0xffff'ffff ? EFBIG : 0;
    bytes.resize(have += static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n <= 0 || error) break;
  }
  if (error == EISDIR)
    return std::unexpected(Failure{path, "is a directory", "name the application's .wasm file"});
  if (error)
    return std::unexpected(Failure{path, fmt::format("cannot be read: {}", std::strerror(error)), ""});
  return bytes;
}

std::expected<Packed, PackError> pack(const PackRequest &request, std::span<const uint8_t> app,
                                      Progress &progress) {
  sources::Options reading{.progress = [&](uint64_t bytes) { progress.at(bytes); }};
  struct stat st;
  if (!request.output.empty() && stat(request.output.c_str(), &st) == 0 && S_ISREG(st.st_mode)) {
    reading.skip_device = st.st_dev;
    reading.skip_inode = st.st_ino;
  }
  for (std::string pattern : request.settings.exclude) {
    while (pattern.size() > 1 && pattern.ends_with('/')) pattern.pop_back(); // "build/", as for other tools
    reading.exclude.push_back({std::move(pattern)});
  }
  reading.stream_mtime_ns = request.settings.pack.time_ns;
  std::vector<Source> sources;
  for (const SourceWords &words : request.settings.sources) {
    if (words.host == "-" && request.app == "-")
      return std::unexpected(PackError{PackError::Kind::option, "--file -",
                                       "standard input is the module already",
                                       "name a file for one of them"});
    sources.push_back(source_of(words, reading, progress));
  }

  PackOptions options = request.settings.pack;
  options.name = request.app;
  if (request.app == "-") options.program = "app.wasm";
  options.on_phase = [&](std::string_view name) { progress.phase(std::string(name)); };
  options.sha256 = sources::sha256;
  std::vector<std::vector<uint8_t>> layers;
  if (auto done = read_layers(request.settings.layers.above, options.layers_above, layers); !done)
    return std::unexpected(done.error());
  if (auto done = read_layers(request.settings.layers.below, options.layers_below, layers); !done)
    return std::unexpected(done.error());

  auto packed = mayfly::pack(app, sources, options);
  if (!packed) return packed;
  std::vector<std::string> &notes = packed->report.notes;
  const std::vector<SourceWords> &words = request.settings.sources;
  if (!words.empty() && std::ranges::none_of(packed->report.imports, &ImportReport::served))
    notes.push_back(fmt::format("{} is not in the output: the module has no call that could open a file",
                                words.size() == 1 ? words[0].host : "what was given"));
  for (const auto &exclusion : reading.exclude)
    if (!exclusion.met) notes.push_back("--exclude " + exclusion.pattern + " matched nothing");
  std::error_code none;
  if (request.app != "-" && std::filesystem::equivalent(request.app, request.output, none))
    notes.push_back(request.output + " was the module that was packed; it is replaced");
  if (reading.skipped)
    notes.push_back(request.output + " lies in a packed directory and is left out: it is the output itself");
  return packed;
}

Failure failure_of(const PackError &error) {
  return {error.where, error.message, error.hint,
          error.kind == PackError::Kind::option ? kExitUsage : kExitFailure};
}

} // namespace mayfly::cli
