// Emission: the output, written once from front to back into one vector.
//
// Ranges of the input are copied whole between edits; the code section of an application with few
// edits is a handful of memcpy calls. Sections that grow are: the application's entries, edited, then
// the added ones (functions and bodies: the first `slots` go in front, see number.cc).
// Custom sections keep their place relative to the known ones.
#include <algorithm>

#include "link/calls.h"
#include "link/metadata.h"
#include "link/plan.h"
#include "wasm/names.h"

namespace mayfly::link {

using wasm::Buffer;
using wasm::Bytes;
using wasm::Cursor;
using wasm::Kind;
using wasm::Range;
using wasm::Section;

namespace {

constexpr std::string_view kPadding = "mayfly.pad";
constexpr uint64_t kAlignedContentMin = 65536; // below, a page of padding is not worth it

class Emitter {
public:
  explicit Emitter(Plan &plan) : p_(plan), app_(plan.app), file_(plan.app.file) {}

  std::expected<std::vector<uint8_t>, wasm::Error> run() {
    out_.bytes.reserve(estimate());
    out_.append(file_.first(8));
    size_t next = 0;
    for (uint8_t id : {wasm::section_type, wasm::section_import, wasm::section_function, wasm::section_table,
                       wasm::section_memory, wasm::section_tag, wasm::section_global, wasm::section_export,
                       wasm::section_start, wasm::section_element, wasm::section_data_count,
                       wasm::section_code, wasm::section_data}) {
      if (const Section *s = app_.section(id)) {
        for (; app_.sections[next].header != s->header; ++next) custom(app_.sections[next]);
        ++next;
      }
      known(id);
    }
    for (; next < app_.sections.size(); ++next) custom(app_.sections[next]);
    calls();
    if (!app_.custom("producers")) put_custom("producers", producers(p_, nullptr));
    if (out_.size() > 0xffffffffu) return failure("the packed module would be larger than 4 GiB");
    p_.report.output_bytes = out_.size();
    return std::move(out_.bytes);
  }

private:
  size_t estimate() const {
    size_t n =
        file_.size() + p_.options.layer.size() + p_.content().size() + p_.edits.size() * 8 + 4096;
    for (const Run &r : p_.runs) n += r.bytes.size() + 32;
    return n;
  }

  void known(uint8_t id) {
    switch (id) {
    case wasm::section_type:
      return types();
    case wasm::section_import:
      return imports();
    case wasm::section_function:
      return functions();
    case wasm::section_table:
      return extended(id, defined_tables(), layer_tables(p_));
    case wasm::section_element:
      return extended(id, app_.elements, layer_elements(p_));
    case wasm::section_memory:
      return memories();
    case wasm::section_global:
      return globals();
    case wasm::section_export:
      return exports();
    case wasm::section_start:
      return start();
    case wasm::section_data_count:
      return data_count();
    case wasm::section_code:
      return code();
    case wasm::section_data:
      return data();
    default: // tag: edits only
      if (const Section *s = app_.section(id)) {
        header(id, edited_size(s->payload));
        copy(s->payload);
      }
    }
  }

  // --- pieces ------------------------------------------------------------------------

  void header(uint8_t id, uint64_t size) { out_.u8(id).leb(size); }

  void section(uint8_t id, const Buffer &payload) {
    header(id, payload.size());
    out_.append(payload);
  }

  std::span<const Edit> edits_in(Range r) const {
    auto before = [](const Edit &e, uint32_t offset) { return e.offset < offset; };
    auto begin = std::lower_bound(p_.edits.begin(), p_.edits.end(), r.begin, before);
    auto end = std::lower_bound(begin, p_.edits.end(), r.end, before);
    return {begin, end};
  }

  uint64_t edited_size(Range r) const {
    uint64_t size = r.size();
    for (const Edit &e : edits_in(r)) size = size + e.new_length - e.old_length;
    return size;
  }

  void copy(Range r) { copy(r, out_); }
  void copy(Range r, Buffer &to) const {
    uint32_t at = r.begin;
    for (const Edit &e : edits_in(r)) {
      to.append(file_.subspan(at, e.offset - at)).append(Bytes(e.bytes, e.new_length));
      at = e.offset + e.old_length;
    }
    to.append(file_.subspan(at, r.end - at));
  }

  // The entries of a section, without their number.
  Range entries(uint8_t id) const {
    const Section *s = app_.section(id);
    if (!s) return {};
    Cursor c(file_, s->payload.begin, s->payload.end, "");
    c.u32();
    return {c.offset(), s->payload.end};
  }

  // A section whose entries are the application's and then `added`.
  void extended(uint8_t id, uint32_t app_count, uint32_t added_count, const Buffer &added) {
    if (app_count + added_count == 0 && !app_.section(id)) return;
    Range range = entries(id);
    uint64_t count = uint64_t{app_count} + added_count;
    header(id, wasm::leb_size(count) + edited_size(range) + added.size());
    out_.leb(count);
    copy(range);
    out_.append(added);
  }

  void extended(uint8_t id, uint32_t app_count, const Entries &added) {
    extended(id, app_count, added.count, added.bytes);
  }

  // --- known sections ----------------------------------------------------------------

  void types() {
    Buffer added;
    for (const Buffer &t : p_.new_types) added.append(t);
    extended(wasm::section_type, app_.type_groups, static_cast<uint32_t>(p_.new_types.size()), added);
  }

  void imports() {
    uint32_t n = 0;
    Buffer kept;
    for (size_t i = 0; i < app_.imports.size(); ++i) {
      if (!p_.import_kept[i]) continue;
      ++n;
      kept.append(file_.subspan(app_.imports[i].raw.begin, app_.imports[i].raw.size()));
    }
    for (const Plan::AddedImport &a : p_.added_imports) {
      ++n;
      kept.name(a.module).name(a.field).u8(0).leb(p_.added_import_type(a));
    }
    if (n == 0) return;
    section(wasm::section_import, std::move(Buffer().leb(n).append(kept)));
  }

  void functions() {
    Buffer payload;
    uint32_t n = static_cast<uint32_t>(p_.functions.size());
    payload.leb(uint64_t{app_.defined_funcs()} + n);
    for (uint32_t k = 0; k < p_.slots; ++k) payload.leb(p_.functions[k].type);
    copy(entries(wasm::section_function), payload);
    for (uint32_t k = p_.slots; k < n; ++k) payload.leb(p_.functions[k].type);
    if (app_.defined_funcs() + n) section(wasm::section_function, payload);
  }

  uint32_t defined_tables() const {
    uint32_t n = 0;
    for (const wasm::Table &t : app_.tables) n += !t.imported;
    return n;
  }

  bool adds_memory() const { return p_.uses_memory && p_.layer_memory >= app_.memories.size(); }

  void memories() {
    Buffer payload;
    uint32_t imported = 0;
    for (const wasm::Memory &m : app_.memories) imported += m.imported;
    uint32_t defined = static_cast<uint32_t>(app_.memories.size()) - imported;
    if (defined + adds_memory() == 0) return;
    payload.leb(defined + adds_memory());
    for (uint32_t i = imported; i < app_.memories.size(); ++i) {
      bool region_inside = p_.uses_memory && i == p_.layer_memory;
      if (region_inside)
        payload.append(shared_limits(app_.memories[i].limits));
      else
        payload.append(file_.subspan(app_.memories[i].raw.begin, app_.memories[i].raw.size()));
    }
    if (adds_memory()) {
      uint32_t max = p_.layer.fixed ? p_.layer.pages_max.value_or(0) : p_.options.isolated_max_pages;
      bool limited = max || p_.layer.pages_max;
      payload.u8(limited ? 1 : 0).leb(p_.memory_min);
      if (limited) payload.leb(max);
    }
    section(wasm::section_memory, payload);
  }

  // The application's maximum is enforced by memory_grow. That of the memory is for hosts: the application's, and
  // what the region may take, where both are known.
  Buffer shared_limits(const wasm::Limits &own) const {
    uint64_t bound = p_.options.region_max_bytes;
    bool known = own.max && bound != 0 && bound >> 32 == 0;
    uint64_t bytes = p_.area_bytes + std::max<uint64_t>(bound, p_.region().size());
    uint64_t max = own.max.value_or(0) + (bytes + page_bytes - 1) / page_bytes;
    Buffer limits;
    if (!known || max >= 65536) return std::move(limits.u8(0).leb(p_.memory_min));
    return std::move(limits.u8(1).leb(p_.memory_min).leb(max));
  }

  void globals() {
    Buffer added;
    for (const auto &[name, entry] : p_.new_globals) added.append(entry);
    extended(wasm::section_global, static_cast<uint32_t>(app_.globals.size()) - app_.imported_globals,
             static_cast<uint32_t>(p_.new_globals.size()), added);
  }

  void exports() {
    Buffer added;
    for (const Plan::AddedExport &e : p_.added_exports)
      added.name(e.name).u8(0).leb(p_.layer_func[e.layer_func]);
    extended(wasm::section_export, static_cast<uint32_t>(app_.exports.size()),
             static_cast<uint32_t>(p_.added_exports.size()), added);
  }

  void start() {
    if (p_.f_start != none) return section(wasm::section_start, std::move(Buffer().leb(p_.f_start)));
    const Section *s = app_.section(wasm::section_start);
    if (!s) return;
    header(wasm::section_start, edited_size(s->payload));
    copy(s->payload);
  }

  uint32_t data_segments() const {
    return static_cast<uint32_t>(p_.app_data_count + p_.runs.size() + p_.layer_segments().size() +
                                 (p_.d_content != none));
  }

  void data_count() {
    bool needed = p_.d_content != none || p_.live_passive || (p_.imported_memory && !p_.runs.empty());
    if (needed || app_.data_count)
      section(wasm::section_data_count, std::move(Buffer().leb(data_segments())));
  }

  void code() {
    uint32_t n = static_cast<uint32_t>(p_.functions.size());
    uint64_t count = uint64_t{app_.defined_funcs()} + n;
    if (count == 0) return;
    Range range = entries(wasm::section_code);
    uint64_t size = wasm::leb_size(count) + edited_size(range);
    for (const NewFunction &f : p_.functions) size += wasm::leb_size(f.body.size()) + f.body.size();
    const Section *before = app_.section(wasm::section_code);
    p_.report.code_bytes_added = size - (before ? before->payload.size() : 0);
    code_bytes_ = size;
    header(wasm::section_code, size);
    out_.leb(count);
    auto put = [&](uint32_t k) { out_.leb(p_.functions[k].body.size()).append(p_.functions[k].body); };
    for (uint32_t k = 0; k < p_.slots; ++k) put(k);
    copy(range);
    for (uint32_t k = p_.slots; k < n; ++k) put(k);
  }

  Buffer run_header(const Run &run) const {
    Buffer b;
    if (p_.imported_memory) {
      b.u8(1);
    } else {
      if (p_.layer_memory)
        b.u8(2).leb(p_.layer_memory);
      else
        b.u8(0);
      b.u8(0x41).sleb(static_cast<int32_t>(p_.base + run.offset)).u8(0x0b);
    }
    return std::move(b.leb(run.bytes.size()));
  }

  void data() {
    uint32_t count = data_segments();
    if (count == 0 && !app_.section(wasm::section_data)) return;
    Range range = entries(wasm::section_data);
    Bytes content = p_.content();
    bool merged = p_.merged_data.size() != 0;
    uint64_t size = wasm::leb_size(count) + (merged ? p_.merged_data.size() : edited_size(range));
    for (const Run &r : p_.runs) size += run_header(r).size() + r.bytes.size();
    for (wasm::Range r : p_.layer_segments()) size += 1 + wasm::leb_size(r.size()) + r.size();
    if (p_.d_content != none) size += 1 + wasm::leb_size(content.size()) + content.size();
    if (content.size() >= kAlignedContentMin) align_content(size, content.size());
    header(wasm::section_data, size);
    out_.leb(count);
    if (merged)
      out_.append(p_.merged_data);
    else
      copy(range);
    for (const Run &r : p_.runs) out_.append(run_header(r)).append(r.bytes);
    for (wasm::Range r : p_.layer_segments())
      out_.u8(1).leb(r.size()).append(p_.layer.module.file.subspan(r.begin, r.size()));
    if (p_.d_content != none) out_.u8(1).leb(content.size()).append(content);
    p_.report.content_bytes = content.size();
  }

  // Engines read packed bytes where they keep the file, and the usual copy of it is a large malloc,
  // 16 bytes into a page: with the content at 4080 beyond a page boundary of the file, its pages are the
  // machine's pages, and a read of one costs one TLB miss and not two (V8: 4 KiB cold, 600 -> 450 ns).
  void align_content(uint64_t data_size, uint64_t content_size) {
    constexpr uint64_t kPage = 4096, kOffset = kPage - 16;
    constexpr uint64_t kHead = 1 + 2 + 1 + kPadding.size(); // id, two-byte size, name
    uint64_t start = out_.size() + 1 + wasm::leb_size(data_size) + data_size - content_size;
    uint64_t pad = (kOffset + kPage - start % kPage) % kPage;
    if (pad == 0) return;
    if (pad < kHead) pad += kPage;
    uint64_t payload = pad - 3;
    out_.u8(wasm::section_custom)
        .u8(static_cast<uint8_t>(payload | 0x80))
        .u8(static_cast<uint8_t>(payload >> 7));
    out_.name(kPadding);
    for (uint64_t i = kHead; i < pad; ++i) out_.u8(0);
  }

  // --- custom sections ---------------------------------------------------------------

  // What is served now, above it what an earlier link had served.
  void calls() {
    std::vector<Call> list;
    uint32_t level = 0;
    Calls before = read_calls(app_);
    for (Call &c : before.calls) {
      level = std::max(level, c.level + 1);
      c.func = p_.unhooked(c.func);
      list.push_back(c);
    }
    for (uint32_t f = 0; f < app_.imported_funcs; ++f) {
      const wasm::Import &im = app_.imports[p_.func_import[f]];
      uint32_t func = p_.served_by[p_.func_import[f]];
      if (func == none || p_.app_func[f] != p_.layer_func[func]) continue; // the second of two like imports
      list.push_back({im.module, im.field, p_.app_func[f], level});
    }
    for (const std::string &name : p_.options.keep) {
      uint32_t func = p_.layer.find(name);
      size_t dot = name.find('.');
      if (func == none || dot == std::string::npos) continue;
      bool known = false;
      for (const Call &c : list) known |= c.func == p_.layer_func[func];
      if (!known)
        list.push_back({std::string_view(name).substr(0, dot), std::string_view(name).substr(dot + 1),
                        p_.layer_func[func], level});
    }
    if (!list.empty())
      put_custom(
          calls_section,
          encode_calls(list, code_bytes_, app_.functions.size() + p_.shift + p_.functions.size() - p_.slots));
  }

  void put_custom(std::string_view name, const Buffer &content) {
    Buffer head;
    head.name(name);
    header(wasm::section_custom, head.size() + content.size());
    out_.append(head).append(content);
  }

  void custom(const Section &s) {
    if (holds_offsets(s.name)) {
      p_.report.dropped_sections.push_back(wasm::printable(s.name));
      return;
    }
    if (s.name == kPadding || s.name == calls_section) return; // of an earlier pack
    if (s.name == "name") return names(s);
    if (s.name == "producers") return put_custom(s.name, producers(p_, &s));
    if (s.name == "target_features") return put_custom(s.name, target_features(p_, s));
    header(wasm::section_custom, s.payload.size());
    out_.append(file_.subspan(s.payload.begin, s.payload.size()));
  }

  // Where the application's functions, of those whose numbers change, are in the output.
  std::vector<uint32_t> renamed() const {
    std::vector<uint32_t> to(p_.shift ? app_.functions.size() : app_.imported_funcs);
    for (uint32_t f = 0; f < to.size(); ++f)
      to[f] = f >= app_.imported_funcs            ? f + p_.shift
              : p_.import_kept[p_.func_import[f]] ? p_.import_func[f]
                                                  : none;
    return to;
  }

  void names(const Section &s) {
    if (!p_.options.keep_names) return;
    wasm::NameChanges changes;
    std::vector<uint32_t> functions = renamed();
    changes.functions = functions;
    for (uint32_t k = 0; k < p_.functions.size(); ++k)
      if (!p_.functions[k].name.empty())
        changes.added_functions.emplace_back(p_.new_func_index(k), p_.functions[k].name);
    for (uint32_t i = 0; i < p_.new_globals.size(); ++i)
      if (!p_.new_globals[i].first.empty())
        changes.added_globals.emplace_back(static_cast<uint32_t>(app_.globals.size()) + i,
                                           p_.new_globals[i].first);
    if (adds_memory()) changes.added_memories.emplace_back(p_.layer_memory, "mayfly");
    if (auto content = wasm::change_names(app_, s, changes)) return put_custom("name", *content);
    p_.report.notes.push_back("the name section is malformed and was dropped");
  }

  Plan &p_;
  const wasm::Module &app_;
  Bytes file_;
  Buffer out_;
  uint64_t code_bytes_ = 0; // payload of the code section
};

} // namespace

std::expected<std::vector<uint8_t>, wasm::Error> emit(Plan &plan) { return Emitter(plan).run(); }

} // namespace mayfly::link
