#include "pack/diagnose.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "abi/table.h"
#include "inspect/file_calls.h"
#include "inspect/platform.h"
#include "inspect/reach.h"
#include "inspect/toolchain.h"
#include "pack/layers.h"
#include "wasm/failure.h"

namespace mayfly {
namespace {

using inspect::Linking;
using inspect::Platform;

constexpr const char *kServed =
    "modules for WASI preview 1 are: emcc -sSTANDALONE_WASM -sPURE_WASI, wasi-sdk, "
    "Rust's wasm32-wasip1, …";

std::string dotted(const wasm::Import &im) {
  return wasm::printable(im.module) + "." + wasm::printable(im.field);
}

const abi::Function *wasi_function(const wasm::Import &im) {
  bool wasi = im.module == "wasi_snapshot_preview1" || im.module == "wasi_unstable";
  if (im.kind != wasm::Kind::func || !wasi) return nullptr;
  return abi::find(StrView{im.module.data(), static_cast<u32>(im.module.size())},
                   StrView{im.field.data(), static_cast<u32>(im.field.size())});
}

std::string list_of(const std::vector<std::string> &names, size_t most = 4) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), most); ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

// Whether a pack that serves no file calls would leave the module as it is.
bool only_files_matter(const PackOptions &o) {
  return !o.hermetic && !o.args && !o.env && o.stdio == Stdio::host && !has_host_directories(o) &&
         o.layers_above.empty() && o.layers_below.empty() && o.keep.empty();
}

class Diagnosing {
public:
  Diagnosing(const wasm::Module &m, const PackOptions &options)
      : file_(options.name), m_(m), options_(options) {}

  std::expected<Diagnosis, Failure> run() {
    for (auto phase : {&Diagnosing::refuse_platforms, &Diagnosing::read_calls, &Diagnosing::refuse_emscripten,
                       &Diagnosing::refuse_dynamic_linking, &Diagnosing::check_signatures})
      if (auto done = (this->*phase)(); !done) return std::unexpected(done.error());
    leave_alone();
    tell_of_component();
    return std::move(out_);
  }

private:
  using Status = std::expected<void, Failure>;

  std::unexpected<Failure> failure(std::string message, std::string hint) const {
    return std::unexpected(Failure{file_, std::move(message), std::move(hint)});
  }

  Status refuse_platforms() {
    if (inspect::is_packed(m_))
      return failure("is packed already", "pack the original module with all directories at once");
    out_.platform = inspect::platform_of(m_);
    switch (out_.platform) {
    case Platform::go_js:
      return failure("is Go for JavaScript, whose file calls go through JavaScript objects",
                     "build it with GOOS=wasip1");
    case Platform::wasix:
      return failure("is a WASIX module, whose system calls are not served", "build it for wasm32-wasip1");
    case Platform::wasi_threads:
      return failure("starts threads (wasi-threads), which are not supported", "build it without threads");
    default:
      return {};
    }
  }

  Status read_calls() {
    auto scanned = inspect::scan(m_);
    if (!scanned) return std::unexpected(failure_of(file_, scanned.error()));
    reached_ = inspect::reached_functions(m_, scanned->graph);
    for (uint32_t f = 0; f < m_.imported_funcs && !options_.keep_unused; ++f)
      if (!reached_[f]) out_.unused.push_back(f);
    std::vector<std::string> names;
    if (!options_.glue.empty()) {
      auto told = inspect::glue_names(m_, options_.glue_text);
      if (!told)
        return std::unexpected(
            Failure{options_.glue, fmt::format("has no table of imports that fits {}", file_),
                    "name the JavaScript file that Emscripten wrote together with the module"});
      names = std::move(*told);
    }
    calls_ = inspect::find_file_calls(m_, reached_, names);
    out_.opens_files = calls_.any();
    return {};
  }

  Status refuse_emscripten() {
    if (calls_.emscripten.empty()) return {};
    std::vector<std::string> names;
    for (const inspect::FileCall &call : calls_.emscripten)
      names.push_back(call.name.empty() || call.import.ends_with("." + call.name)
                          ? call.import
                          : fmt::format("{} ({})", call.import, call.name));
    bool nameless = std::ranges::any_of(calls_.emscripten,
                                        [](const inspect::FileCall &call) { return call.name.empty(); });
    if (nameless)
      return failure(
          fmt::format(
              "is a module of Emscripten, minified, whose file calls are not served yet: the code calls {} "
              "as the C library opens files",
              list_of(names)),
          fmt::format("{}{}", options_.glue.empty() ? "--glue APP.js names the imports for certain; " : "",
                      kServed));
    return failure(
        fmt::format("is a module of Emscripten, whose file calls are not served yet: {}", list_of(names)),
        kServed);
  }

  // Such a module is laid out by its loader, so nothing can be placed in its memory beforehand. Where it asks
  // for no files, nothing has to be.
  Status refuse_dynamic_linking() {
    Linking linking = inspect::linking_of(m_);
    if (linking == Linking::alone || (!calls_.any() && only_files_matter(options_))) return {};
    if (linking == Linking::library)
      return failure("is a dynamic library (it has a dylink section)", "pack the main program that loads it");
    return failure("is the main program of dynamic linking: JavaScript lays out its memory and that of the "
                   "libraries that it loads, so a filesystem has no place there",
                   "link it without -sMAIN_MODULE");
  }

  // A signature that this tool does not know is of another version of the interface. The host answers
  // such a call, as it did before, unless that would mix descriptors of the host's with those of files
  // inside.
  Status check_signatures() {
    for (uint32_t i = 0, f = 0; i < m_.imports.size(); ++i) {
      const wasm::Import &im = m_.imports[i];
      if (im.kind != wasm::Kind::func) continue;
      if (!reached_[f++] && !options_.keep_unused) continue;
      const abi::Function *known = wasi_function(im);
      if (!known || has_signature(im, *known, false)) continue;
      bool split = has_signature(im, *known, true);
      std::string what =
          fmt::format("the import {} has the signature {}", dotted(im), wasm::signature_text(m_, im.type));
      std::string why = split
                            ? "its 64-bit numbers are split in two, as Emscripten does without -sWASM_BIGINT"
                            : fmt::format("the filesystem knows it as {}", signature_text(*known));
      bool of_files = known->group == abi::Group::file || known->group == abi::Group::desc;
      if (of_files && calls_.any())
        return failure(fmt::format("{}: {}, and the host cannot answer it for files inside", what, why),
                       split ? "link it with -sWASM_BIGINT" : "build it for WASI preview 1");
      out_.unserved.push_back(std::string(im.module) + "." + std::string(im.field));
      if (!out_.opens_files && only_files_matter(options_)) continue; // all are left to the host
      out_.notes.push_back(fmt::format("{}: {}; it is left to the host", what, why));
    }
    return {};
  }

  // Without any way to a file nothing is virtualized, and the module stays as it is.
  void leave_alone() {
    if (calls_.guessed && !calls_.any())
      out_.asides.push_back(
          fmt::format("{} of the imports are minified, and none is called as the C library opens files{}",
                      options_.glue.empty() ? "the names" : "some names",
                      options_.glue.empty() ? " (--glue APP.js tells for certain)" : ""));
    if (out_.opens_files || !only_files_matter(options_)) return;
    for (const wasm::Import &im : m_.imports)
      if (wasi_function(im)) out_.unserved.push_back(std::string(im.module) + "." + std::string(im.field));
    // What the linker cannot rewrite is handed on byte for byte.
    bool rewritable = inspect::linking_of(m_) == Linking::alone &&
                      std::ranges::none_of(m_.memories, [](const wasm::Memory &memory) {
                        return memory.limits.shared || memory.limits.is64 || memory.limits.page_log2;
                      });
    if (!rewritable) out_.unused.clear();
  }

  void tell_of_component() {
    if (out_.platform != Platform::component_core) return;
    std::set<std::string> interfaces;
    uint32_t functions = 0;
    for (const wasm::Import &im : m_.imports) {
      if (im.kind != wasm::Kind::func || wasi_function(im)) continue;
      interfaces.insert(wasm::printable(im.module));
      functions++;
    }
    std::vector<std::string> names(interfaces.begin(), interfaces.end());
    out_.notes.push_back(
        fmt::format("this is a core module of a component: {} functions of {} interfaces stay "
                    "imports, because those are not served ({})",
                    functions, names.size(), list_of(names)));
  }

  bool has_signature(const wasm::Import &im, const abi::Function &known, bool split) const {
    const wasm::Type &type = m_.types[im.type];
    std::vector<uint8_t> params;
    for (const wasm::ValType &v : m_.params(type)) params.push_back(v.code);
    bool returns_i32 = type.results == 1 && m_.results(type)[0].code == 0x7f;
    return (type.results == 0 || returns_i32) &&
           abi::has_signature(known, split, params.data(), static_cast<uint32_t>(params.size()), returns_i32);
  }

  static std::string signature_text(const abi::Function &known) {
    abi::CoreType types[abi::kCoreParamsMax];
    uint32_t n = abi::signature(known, false, types);
    std::string text = "(";
    for (uint32_t i = 0; i < n; ++i)
      text += std::string(i ? " " : "") + (types[i] == abi::CoreType::i64 ? "i64" : "i32");
    return text + ")" + (known.returns == abi::Returns::never ? "" : " -> i32");
  }

  const std::string &file_;
  const wasm::Module &m_;
  const PackOptions &options_;
  std::vector<bool> reached_;
  inspect::FileCalls calls_;
  Diagnosis out_;
};

} // namespace

std::expected<Diagnosis, Failure> diagnose(const wasm::Module &m, const PackOptions &options) {
  return Diagnosing(m, options).run();
}

} // namespace mayfly
