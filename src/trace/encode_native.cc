// The encoder. It leaves out everything that the layer does not need for this trace: the descriptions of
// calls that are not printed, errnos that no traced function returns, and optional functions.
#include "trace/encode_native.h"

#include <algorithm>
#include <string_view>

#include "trace/describe_native.h"

namespace mayfly::trace {
namespace {

constexpr size_t kBlockMax = 16u << 20;
constexpr u32 kSlotsMax = 250; // kNoSlot and its neighbours are no slots

// By number, as strerror puts them.
constexpr std::string_view kMessages[] = {
    "Success",
#define ERRNO(id, number, name, message) message,
#include "base/errno.def"
};
constexpr u32 kErrors = sizeof kMessages / sizeof kMessages[0];
static_assert(kErrors == abi::kErrnos);

std::string display_name(const Function &f, const Known &known) {
  if (!known) return f.module + "." + f.field;
  return f.known_field.empty() ? f.field : f.known_field;
}

// Before 3.1.10 Emscripten had system calls that take a path only, and times of 32 bits.
bool old_emscripten(std::span<const Function> functions) {
  return std::ranges::any_of(functions, [&](const Function &f) {
    const std::string &name = f.known_field.empty() ? f.field : f.known_field;
    const abi::Function *found = abi::find(abi::Module::env, {name.data(), static_cast<u32>(name.size())});
    return found != nullptr && abi::equal(found->versions, abi::kOldEmscripten);
  });
}

Ref errors(Block &block) {
  std::vector<Error> list;
  for (u32 i = 0; i < kErrors; i++) {
    StrView name = abi::errno_name(i);
    list.push_back({block.text({name.ptr, name.len}), block.text(kMessages[i])});
  }
  return block.array<Error>(list);
}

std::string header(const Options &options) {
  if (options.format == Format::chrome)
    return "[\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"args\":{\"name\":\"mayfly strace\"}},\n"
           "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":1,\"args\":{\"name\":\"calls\"}},\n"
           "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":2,\"args\":{\"name\":\"calls that reach "
           "the "
           "host\"}}";
  return options.format == Format::text ? options.header : "";
}

class Encoder {
public:
  Encoder(const Options &options, std::span<const Function> functions)
      : options_(options), functions_(functions), block_(options.format),
        describer_(block_, options.verbose, old_emscripten(functions)) {}

  std::expected<Encoded, std::string> run() {
    if (auto wrong = check()) return std::unexpected(*wrong);
    for (const Function &f : functions_) {
      if (auto wrong = add(f)) return std::unexpected(*wrong);
      if (block_.size() > kBlockMax) return std::unexpected("too many functions to trace");
    }
    finish();
    if (block_.size() > kBlockMax) return std::unexpected("too many functions to trace");
    return Encoded{block_.take(), off()};
  }

private:
  bool lines() const { return options_.summary != Summary::only; }
  bool counts() const { return options_.summary != Summary::none; }
  bool clock() const {
    return counts() || options_.relative_time || options_.spent_time || options_.wall_time != 0 || delays_ ||
           options_.format != Format::text;
  }
  bool text() const { return options_.format == Format::text; }

  std::optional<std::string> check() const {
    if (options_.string_max > kStringMax)
      return "strings can be at most " + std::to_string(kStringMax) + " bytes";
    if (options_.list_max > kListMax)
      return "lists can have at most " + std::to_string(kListMax) + " elements";
    if (counts() && !text()) return "a summary is text: it cannot be had in another format";
    if (options_.wall_time != 0 && !text()) return "the time of day is of the text format only";
    if (options_.into_path && (options_.into_path->empty() || options_.into_path->size() > kIntoPathMax))
      return "the path of the file that takes the trace must have 1 to " + std::to_string(kIntoPathMax) +
             " bytes";
    return {};
  }

  std::optional<std::string> add(const Function &f) {
    std::string name = f.module + "." + f.field;
    Known known = look_up(f);
    Call call{};
    if (f.params.size() > kSlotsMax) return name + " has too many parameters to be traced";
    describe_effects(f, known, call);
    // The host's descriptors have other numbers than the application's.
    if (!follows(options_) || f.reaches_host) call.track = Track::none;
    if (f.traced) {
      call.flags |= call_flag::traced | (f.reaches_host ? call_flag::host : 0);
      call.name = block_.name(display_name(f, known));
      call.module = block_.name(f.known_field.empty() ? f.module : f.known_module);
      if (lines() || !options_.only.empty()) describer_.describe(f, known, call);
      has_errors_ |= call.returns == Returns::error || call.returns == Returns::negative;
    }
    if (f.fault) {
      const Fault &fault = *f.fault;
      if (!f.traced || (fault.error != 0 && !can_fail(f)))
        return "a fault cannot be injected into " + name + ": it answers no error";
      bool nothing = fault.error == 0 && fault.enter_us == 0 && fault.exit_us == 0;
      if (nothing || fault.error >= kErrors) return "no error has the number " + std::to_string(fault.error);
      Rule rule{.fails = fault.error != 0,
                .result = call.returns == Returns::negative ? 0 - fault.error : fault.error,
                .first = fault.first,
                .step = fault.step,
                .last = fault.last,
                .enter_us = fault.enter_us,
                .exit_us = fault.exit_us};
      call.flags |= call_flag::ruled;
      call.rule = block_.array<Rule>({&rule, 1});
      rules_ = true;
      delays_ |= fault.enter_us != 0 || fault.exit_us != 0;
    }
    calls_.push_back(call);
    return {};
  }

  void finish() {
    Config c{};
    c.version = kConfigVersion;
    c.format = options_.format;
    c.flags = (options_.show_paths ? config_flag::paths : 0) |
              (options_.relative_time ? config_flag::relative : 0) |
              (options_.spent_time ? config_flag::spent : 0) | (counts() ? config_flag::summary : 0) |
              (lines() ? config_flag::lines : 0) | (clock() ? config_flag::clock : 0) |
              (options_.into_path ? config_flag::into : 0) | (follows(options_) ? config_flag::names : 0) |
              (options_.wall_time >= 1 ? config_flag::wall : 0) |
              (options_.wall_time >= 2 ? config_flag::wall_us : 0) |
              (options_.wall_time >= 3 ? config_flag::wall_epoch : 0);
    c.statuses = options_.statuses;
    c.string_max = options_.string_max;
    c.list_max = options_.list_max;
    c.sink_fd = options_.sink_fd;
    c.into_fd = options_.into_fd;
    c.into_path = block_.text(options_.into_path.value_or(""));
    c.header = block_.text(header(options_));
    c.footer = block_.text(options_.format == Format::chrome ? "\n]\n" : "");
    c.calls = block_.array<Call>(calls_);
    c.call_count = static_cast<u32>(calls_.size());
    if (has_errors_ && lines()) {
      c.errors = errors(block_);
      c.error_count = kErrors;
    }
    if (follows(options_)) add_descriptors(c);
    if (!options_.only.empty()) add_paths(c);
    if (counts()) c.total = block_.text("total");
    if (counts() || rules_) c.states = block_.zeros(calls_.size() * sizeof(CallState));
    c.bytes = static_cast<u32>(block_.size());
    block_.store(0, c);
  }

  void add_descriptors(Config &c) {
    std::vector<Descriptor> list = {
        {0, block_.text("stdin")}, {1, block_.text("stdout")}, {2, block_.text("stderr")}};
    for (const auto &[fd, path] : options_.descriptors) list.push_back({fd, block_.text(path)});
    c.descriptors = block_.array<Descriptor>(list);
    c.descriptor_count = static_cast<u32>(list.size());
    c.directory = block_.text("/");
  }

  void add_paths(Config &c) {
    std::vector<Text> list;
    for (const std::string &path : options_.only) list.push_back(block_.text(path));
    c.only = block_.array<Text>(list);
    c.only_count = static_cast<u32>(list.size());
  }

  std::vector<std::string> off() const {
    auto kind = [&](Kind k) { return (describer_.kinds() >> static_cast<u32>(k) & 1) != 0; };
    auto shown = [&](Show s) { return (describer_.shows() >> static_cast<u32>(s) & 1) != 0; };
    bool paths = options_.show_paths, names = follows(options_), into = options_.into_path.has_value();
    bool wall = options_.wall_time != 0;
    const std::pair<const char *, bool> all[] = {
        {"json_string", !text()},
        {"floating", shown(Show::f32) || shown(Show::f64)},
        {"record", kind(Kind::record) || kind(Kind::records)},
        {"records", kind(Kind::records)},
        {"iovecs", kind(Kind::iovecs)},
        {"dirents", kind(Kind::dirents)},
        {"strings", kind(Kind::strings)},
        {"open_flags", kind(Kind::open_flags)},
        {"varargs", kind(Kind::varargs)},
        {"mode", shown(Show::mode)},
        {"line_text", lines() && options_.format == Format::text},
        {"line_json", options_.format == Format::json},
        {"line_chrome", options_.format == Format::chrome},
        {"stamp", lines() && text() && (wall || options_.relative_time)},
        {"descriptors_known", names},
        {"descriptor_path", paths},
        {"descriptors_follow", names},
        {"left_out", !options_.only.empty()},
        {"rule_is_due", rules_},
        {"count", counts()},
        {"summary", counts()},
        {"now_ns", clock()},
        {"read_wall", wall},
        {"delay", delays_},
        {"open_into", into},
        {"close_into", into},
        {"tell_lost", into}};
    std::vector<std::string> list;
    for (const auto &[name, needed] : all)
      if (!needed) list.push_back(std::string("trace.") + name);
    return list;
  }

  const Options &options_;
  std::span<const Function> functions_;
  Block block_;
  Describer describer_;
  std::vector<Call> calls_;
  bool has_errors_ = false, rules_ = false, delays_ = false;
};

} // namespace

bool follows_descriptors(std::string_view module, std::string_view field) { return tracks(module, field); }

bool is_described(const Function &f) { return static_cast<bool>(look_up(f)); }

bool can_fail(const Function &f) {
  Known known = look_up(f);
  return known && known.function->returns != abi::Returns::never;
}

std::expected<Encoded, std::string> encode(const Options &options, std::span<const Function> functions) {
  return Encoder(options, functions).run();
}

} // namespace mayfly::trace
