// Emscripten's JavaScript holds an object whose keys are the minified import names and whose values are the
// functions: {a: ___syscall_openat, b: _fd_write}. How it is called and written has changed often
// (asmLibraryArg, wasmImports, quoted keys, methods, annotations). The search therefore goes by shape
// alone: it looks for the object literal in which most of the module's import names are keys.
//
// The Closure compiler also renames the values, or writes the functions into the object. Many functions can
// then still be recognized by what they do: see Fingerprint.
//
// The text is read once by a small scanner with a stack of open brackets. For any text the scanner ends,
// and takes memory in proportion to the text. At worst it finds nothing.
#include <algorithm>
#include <cctype>
#include <string>
#include <unordered_map>

#include "abi/table.h"
#include "inspect/file_calls.h"
#include "inspect/inspect.h"
#include "inspect/platform.h"

namespace mayfly::inspect {
namespace {

constexpr size_t kKeyMax = 4;         // longest minified name
constexpr size_t kCandidatesMax = 64; // object literals that are kept

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }

struct Pair {
  std::string_view key;
  std::string_view value; // the whole expression, without the comma
  bool identifier = false;
};

// Reads tokens of JavaScript, as far as that is needed to know what is text and what is code.
class Tokens {
public:
  enum Kind : uint8_t { end, word, number, string, text, punctuation };
  struct Token {
    Kind kind = end;
    size_t from = 0, to = 0;
  };

  explicit Tokens(std::string_view source) : s_(source) {}

  Token next() {
    skip_space();
    Token t{end, i_, i_};
    if (i_ >= s_.size()) return t;
    char c = s_[i_];
    if (word_char(c) || static_cast<unsigned char>(c) >= 0x80) {
      t.kind = std::isdigit(static_cast<unsigned char>(c)) ? number : word;
      while (i_ < s_.size() && (word_char(s_[i_]) || static_cast<unsigned char>(s_[i_]) >= 0x80)) i_++;
      std::string_view w = s_.substr(t.from, i_ - t.from);
      regex_may_follow_ = t.kind == word && (w == "return" || w == "typeof" || w == "case" || w == "in" ||
                                             w == "of" || w == "void" || w == "delete");
    } else if (c == '"' || c == '\'') {
      t.kind = string;
      quoted(c);
      regex_may_follow_ = false;
    } else if (c == '`') {
      t.kind = text;
      i_++;
      template_text();
      regex_may_follow_ = false;
    } else if (c == '/' && regex_may_follow_) {
      t.kind = text;
      regex();
      regex_may_follow_ = false;
    } else {
      t.kind = punctuation;
      i_++;
      if (c == '{') braces_.push_back(false);
      if (c == '}' && !braces_.empty()) {
        bool in_template = braces_.back();
        braces_.pop_back();
        if (in_template) {
          // The end of ${…}: the template goes on.
          t.kind = text;
          template_text();
          t.to = i_;
          regex_may_follow_ = false;
          return t;
        }
      }
      regex_may_follow_ = c != ')' && c != ']' && c != '}';
    }
    t.to = i_;
    return t;
  }

private:
  void skip_space() {
    for (;;) {
      while (i_ < s_.size() && std::isspace(static_cast<unsigned char>(s_[i_]))) i_++;
      if (s_.substr(i_, 2) == "//")
        i_ = std::min(s_.find('\n', i_), s_.size());
      else if (s_.substr(i_, 2) == "/*") {
        size_t close = s_.find("*/", i_ + 2);
        i_ = close == s_.npos ? s_.size() : close + 2;
      } else
        return;
    }
  }
  void quoted(char quote) {
    for (i_++; i_ < s_.size() && s_[i_] != quote && s_[i_] != '\n'; i_++)
      if (s_[i_] == '\\') i_++;
    i_ = std::min(i_ + 1, s_.size());
  }
  // From inside a template to its end, or to the start of an expression in it.
  void template_text() {
    for (; i_ < s_.size(); i_++) {
      if (s_[i_] == '\\')
        i_++;
      else if (s_[i_] == '`') {
        i_++;
        return;
      } else if (s_.substr(i_, 2) == "${") {
        i_ += 2;
        braces_.push_back(true);
        return;
      }
    }
    i_ = s_.size();
  }
  void regex() {
    bool in_class = false;
    for (i_++; i_ < s_.size() && s_[i_] != '\n'; i_++) {
      if (s_[i_] == '\\')
        i_++;
      else if (s_[i_] == '[')
        in_class = true;
      else if (s_[i_] == ']')
        in_class = false;
      else if (s_[i_] == '/' && !in_class)
        break;
    }
    i_ = std::min(i_ + 1, s_.size());
    while (i_ < s_.size() && word_char(s_[i_])) i_++;
  }

  std::string_view s_;
  size_t i_ = 0;
  bool regex_may_follow_ = true;
  std::vector<bool> braces_; // open braces: whether each is of a ${…}
};

struct Literal {
  std::vector<Pair> pairs;
};

// Finds object literals whose keys are all short.
class LiteralFinder {
public:
  explicit LiteralFinder(std::string_view source) : s_(source), tokens_(source) {}

  std::vector<Literal> find(size_t least) {
    for (Tokens::Token t = tokens_.next(); t.kind != Tokens::end; t = tokens_.next()) {
      char c = t.kind == Tokens::punctuation ? s_[t.from] : 0;
      if (c == '}' || c == ')' || c == ']')
        close(t, least);
      else if (!frames_.empty())
        step(t, c);
      if (c == '{' || c == '(' || c == '[') frames_.push_back({c == '{', t.to, {}, {}, {}, 0, 0});
    }
    return std::move(found_);
  }

private:
  enum State : uint8_t { key, colon, value };
  struct Frame {
    bool object; // may still be an object literal with short keys
    size_t begin;
    std::vector<Pair> pairs;
    std::string_view name; // key that was read
    Tokens::Token first;   // first token of the value
    size_t value_from, tokens;
    State state = key;
  };

  void step(const Tokens::Token &t, char c) {
    Frame &f = frames_.back();
    if (!f.object) return;
    std::string_view text = s_.substr(t.from, t.to - t.from);
    switch (f.state) {
    case key:
      if (t.kind == Tokens::string && text.size() >= 2)
        text = text.substr(1, text.size() - 2);
      else if (t.kind != Tokens::word)
        return reject(f);
      if (text == "async") return; // of a method
      if (text.size() > kKeyMax) return reject(f);
      f.name = text;
      f.state = colon;
      f.value_from = t.to;
      f.tokens = 0;
      return;
    case colon:
      if (c == ':') {
        f.state = value;
        f.value_from = t.to;
        f.tokens = 0;
      } else if (c == ',') {
        f.pairs.push_back({f.name, f.name, true}); // {a, b}
        f.state = key;
      } else if (c == '(') {
        f.state = value; // {a(x) {…}}
        f.value_from = t.from;
        f.tokens = 2;
      } else {
        reject(f);
      }
      return;
    case value:
      if (c == ',') return finish(f, t.from);
      if (c == ';') return reject(f);
      if (f.tokens++ == 0) f.first = t;
      return;
    }
  }

  void finish(Frame &f, size_t to) {
    std::string_view text = s_.substr(f.value_from, to - f.value_from);
    bool identifier = f.tokens == 1 && f.first.kind == Tokens::word;
    if (identifier) text = s_.substr(f.first.from, f.first.to - f.first.from);
    f.pairs.push_back({f.name, text, identifier});
    f.state = key;
  }

  static void reject(Frame &f) {
    f.object = false;
    f.pairs = {};
  }

  void close(const Tokens::Token &t, size_t least) {
    if (frames_.empty()) return;
    Frame &f = frames_.back();
    if (f.object && f.state == value)
      finish(f, t.from);
    else if (f.object && f.state == colon)
      f.pairs.push_back({f.name, f.name, true});
    if (f.object && f.pairs.size() >= least && found_.size() < kCandidatesMax)
      found_.push_back({std::move(f.pairs)});
    frames_.pop_back();
    if (!frames_.empty()) frames_.back().tokens++;
  }

  std::string_view s_;
  Tokens tokens_;
  std::vector<Frame> frames_;
  std::vector<Literal> found_;
};

// Names of the JavaScript engine and the compiler's helpers: they are no renamings.
std::string original_name(std::string_view identifier) {
  if (identifier.starts_with("_") && identifier.size() > 1)
    identifier.remove_prefix(1);
  else if (identifier == "wasmMemory")
    return "memory";
  else if (identifier == "wasmTable")
    return "__indirect_function_table";
  return std::string(identifier);
}

bool renamed(std::string_view identifier) {
  // The Closure compiler's names: short, and never in snake case.
  return identifier.size() <= 3 || (identifier.size() <= 4 && identifier.find('_') == identifier.npos);
}

// What a function's text has (| separates alternatives) and has not, and its parameters.
struct Fingerprint {
  const char *name;
  int parameters;
  const char *has[3];
  const char *has_not = nullptr;
};
// clang-format off
constexpr Fingerprint kFingerprints[] = {
    {"__assert_fail", 4, {"Assertion failed"}},
    {"__syscall_faccessat", 4, {"&-8", "return-28"}},
    {"__syscall_faccessat", 3, {"&-8", "return-28"}},
    {"__syscall_fcntl64", 3, {"-289793|289792"}},
    {"__syscall_getcwd", 2, {"return-68"}},
    {"__syscall_newfstatat", 4, {"&256", "&4096"}},
    {"__syscall_openat", 4, {"&64", ".fd", "=d;|=c;"}},
    {"__syscall_readlinkat", 4, {"readlink", "Math.min"}},
    {"__syscall_unlinkat", 3, {"===512"}},
    {"__syscall_utimensat", 4, {"1073741823"}},
    {"__syscall_mkdirat", 3, {"&-19"}},
    {"__syscall_ioctl", 3, {"21523|21505"}},
    {"__syscall_getdents64", 3, {"280"}},
    {"__syscall_fchmod", 2, {".node,", "return 0"}, "timestamp"},
    {"__syscall_fchown32", 3, {"timestamp", ".node"}},
    {"__syscall_fchown32", 1, {"timestamp", ".node"}},
    {"__syscall_ftruncate64", 2, {"2097155", "return-22"}},
    {"_localtime_js", 2, {"getTimezoneOffset", "getDay", "getSeconds"}},
    {"_gmtime_js", 2, {"getUTCSeconds"}},
    {"_mktime_js", 1, {"getTimezoneOffset", "setDate|setMinutes|new Date("}},
    {"_tzset_js", 4, {"getTimezoneOffset"}},
    {"_mmap_js", 7, {"2097155|throw"}},
    {"_munmap_js", 6, {"61440|&2"}},
    {"_setitimer_js", 2, {"clearTimeout", "setTimeout"}},
    {"emscripten_resize_heap", 1, {".grow(|65536"}},
    {"environ_get", 2, {"Infinity"}},
    {"environ_sizes_get", 2, {".length", "+1"}, "Infinity"},
    {"fd_fdstat_get", 2, {"40960", "BigInt|+8"}},
    {"fd_close", 1, {"return 0}catch", "return "}, "return-"},
    {"fd_seek", 4, {"position)", "return 0"}},
    {"fd_seek", 5, {"position)|position,", "return 0"}},
    {"fd_sync", 1, {"fsync"}},
    {"fd_read", 4, {".read(", "return 0"}, "readlink"},
    {"fd_write", 4, {"Uint8Array|.write|console", "+=8|+= 8|+4"}, ".read"},
};
// Whole functions.
constexpr std::pair<const char *, const char *> kWhole[] = {
    {"()=>Date.now()", "emscripten_date_now"},
    {"()=>performance.now()", "emscripten_get_now"},
    {"()=>2147483648", "emscripten_get_heap_max"},
    {"()=>4294901760", "emscripten_get_heap_max"},
    {"()=>1", "_emscripten_get_now_is_monotonic"},
};
// clang-format on

bool has_one_of(std::string_view text, std::string_view alternatives) {
  while (!alternatives.empty()) {
    size_t bar = std::min(alternatives.find('|'), alternatives.size());
    if (text.find(alternatives.substr(0, bar)) != text.npos) return true;
    alternatives.remove_prefix(std::min(bar + 1, alternatives.size()));
  }
  return false;
}

bool fits(const Fingerprint &f, std::string_view text, int parameters) {
  if (f.parameters != parameters) return false;
  for (const char *part : f.has)
    if (part && !has_one_of(text, part)) return false;
  return !f.has_not || text.find(f.has_not) == text.npos;
}

int parameters_of(std::string_view text) {
  size_t open = text.find('('), arrow = text.find("=>");
  if (arrow < open) return 1; // a=>…
  size_t close = text.find(')', std::min(open, text.size()));
  if (open == text.npos || close == text.npos) return -1;
  std::string_view list = text.substr(open + 1, close - open - 1);
  if (std::ranges::all_of(list, [](char c) { return std::isspace(static_cast<unsigned char>(c)); })) return 0;
  return static_cast<int>(std::ranges::count(list, ',')) + 1;
}

// Whether the import's own type allows the name: 64-bit parameters whole or split.
bool type_allows(std::string_view type, std::string_view name) {
  StrView view{name.data(), static_cast<u32>(name.size())};
  const abi::Function *f = abi::find(abi::Module::env, view);
  if (!f) f = abi::find(abi::Module::wasi_snapshot_preview1, view);
  if (!f) return true;
  for (bool split : {false, true}) {
    abi::CoreType types[abi::kCoreParamsMax];
    uint32_t n = abi::signature(*f, split, types);
    std::string text = "(";
    for (uint32_t i = 0; i < n; i++)
      text += (i ? " " : "") + std::string(types[i] == abi::CoreType::i64 ? "i64" : "i32");
    if (type == text + (f->returns == abi::Returns::never ? ")" : ") -> i32")) return true;
  }
  return false;
}

// The name of the only fingerprint that fits; empty otherwise.
std::string by_fingerprint(std::string_view text, std::string_view type) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  for (const auto &[whole, name] : kWhole)
    if (text == whole) return name;
  std::string name;
  int parameters = parameters_of(text);
  for (const Fingerprint &f : kFingerprints) {
    if (!fits(f, text, parameters) || !type_allows(type, f.name)) continue;
    if (!name.empty() && name != f.name) return "";
    name = f.name;
  }
  return name;
}

// The literal in which most imports are keys, if it is most of the imports.
const Literal *best_literal(const std::vector<Literal> &literals,
                            const std::unordered_map<std::string_view, size_t> &imports) {
  const Literal *best = nullptr;
  size_t most = 0;
  for (const Literal &l : literals) {
    size_t hits = static_cast<size_t>(
        std::ranges::count_if(l.pairs, [&](const Pair &p) { return imports.contains(p.key); }));
    if (hits <= most) continue;
    most = hits;
    best = &l;
  }
  return most * 2 >= imports.size() && most > 0 ? best : nullptr;
}

} // namespace

std::optional<GlueResult> apply_glue(ModuleFacts &facts, std::string_view javascript) {
  std::unordered_map<std::string_view, size_t> imports;
  for (size_t i = 0; i < facts.imports.size(); i++) imports.try_emplace(facts.imports[i].field, i);
  if (imports.empty()) return {};
  std::vector<Literal> literals = LiteralFinder(javascript).find(std::max<size_t>(1, imports.size() / 2));
  const Literal *literal = best_literal(literals, imports);
  if (!literal) return {};

  GlueResult result;
  for (const Pair &p : literal->pairs) {
    auto at = imports.find(p.key);
    if (at == imports.end()) continue;
    ImportFacts &import = facts.imports[at->second];
    if (p.identifier && !renamed(p.value)) {
      import.name = original_name(p.value);
    } else if (!p.identifier && p.value.size() < 100'000) {
      import.name = by_fingerprint(p.value, import.type);
      import.likely = !import.name.empty();
    }
    if (!import.name.empty()) explain(import, facts.platform);
  }
  // A fingerprint that fits two functions names neither of them.
  std::unordered_map<std::string, unsigned> bearers;
  for (const ImportFacts &i : facts.imports)
    if (!i.name.empty()) bearers[i.name]++;
  for (ImportFacts &i : facts.imports) {
    if (!i.likely || bearers[i.name] < 2) continue;
    i.name.clear();
    i.likely = false;
    explain(i, facts.platform);
  }
  for (const ImportFacts &i : facts.imports) {
    if (i.likely) result.likely++;
    (i.name.empty() ? result.unnamed : result.named)++;
  }
  find_emscripten_generation(facts);
  return result;
}

std::optional<std::vector<std::string>> glue_names(const wasm::Module &m, std::string_view javascript) {
  ModuleFacts facts;
  facts.platform = platform_of(m);
  for (const wasm::Import &i : m.imports) {
    ImportFacts &import = facts.imports.emplace_back();
    import.module = i.module;
    import.field = i.field;
    import.kind = wasm::kind_name(i.kind);
    if (i.kind == wasm::Kind::func) import.type = wasm::signature_text(m, i.type);
  }
  if (!apply_glue(facts, javascript)) return {};
  std::vector<std::string> names;
  for (ImportFacts &import : facts.imports) names.push_back(std::move(import.name));
  return names;
}

} // namespace mayfly::inspect
