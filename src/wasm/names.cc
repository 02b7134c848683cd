// Name maps are sorted by index. A renumbering changes only the indices of imports, which come
// first, so the tail of a map (almost all of it) is copied as bytes.
#include "wasm/names.h"

#include <algorithm>

namespace mayfly::wasm {

namespace {

constexpr uint8_t sub_module = 0, sub_functions = 1, sub_locals = 2, sub_labels = 3, sub_memories = 6,
                  sub_globals = 7, sub_fields = 10, sub_last = 11;

struct Entry {
  uint32_t index;
  Bytes value; // what follows the index
};

struct Map {
  std::vector<Entry> head; // entries below `split`
  Bytes tail;              // the others, encoded
  uint32_t tail_count = 0;
};

// An index that must be greater than the one before.
uint32_t ascending(Cursor &c, int64_t &last) {
  uint32_t index = c.u32();
  if (index <= last) c.fail("names are not sorted");
  last = index;
  return index;
}

void skip_value(Cursor &c, bool nested) {
  if (!nested) {
    c.name();
    return;
  }
  uint32_t n = c.count("names", 2);
  int64_t last = -1;
  for (uint32_t i = 0; i < n && c.ok(); ++i) {
    ascending(c, last);
    c.name();
  }
}

// Reads a name map, or a map of name maps. Strict: consumers refuse what is out of order.
Map read_map(Cursor &c, uint32_t split, bool nested, size_t limit) {
  Map map;
  uint32_t n = c.count("names", 2);
  const uint8_t *tail = nullptr;
  int64_t last = -1;
  for (uint32_t i = 0; i < n && c.ok(); ++i) {
    const uint8_t *at = c.pos();
    uint32_t index = ascending(c, last);
    if (index >= limit) c.fail(at, "a name is given to something that does not exist");
    const uint8_t *value = c.pos();
    skip_value(c, nested);
    if (!c.ok()) break;
    if (index >= split) {
      if (!tail) tail = at;
      ++map.tail_count;
    } else {
      map.head.push_back({index, Bytes(value, c.pos())});
    }
  }
  if (tail && c.ok()) map.tail = Bytes(tail, c.pos());
  return map;
}

void put_subsection(Buffer &out, uint8_t id, const Buffer &payload) {
  out.u8(id).leb(payload.size()).append(payload);
}

void put_name(Buffer &out, uint32_t index, std::string_view name) { out.leb(index).name(name); }

// The functions' map: imports renumbered, added names merged in.
Buffer renumbered(const Map &map, bool nested, const NameChanges &changes) {
  std::vector<Entry> head;
  for (const Entry &e : map.head)
    if (changes.functions[e.index] != NameChanges::removed)
      head.push_back({changes.functions[e.index], e.value});
  std::vector<Buffer> made; // length and bytes of added names; keeps the views below alive
  made.reserve(changes.added_functions.size());
  std::vector<Entry> after;
  for (size_t i = 0; !nested && i < changes.added_functions.size(); ++i) {
    const auto &[index, name] = changes.added_functions[i];
    made.push_back(std::move(Buffer().name(name)));
    (index < changes.functions.size() ? head : after).push_back({index, made.back()});
  }
  std::sort(head.begin(), head.end(), [](const Entry &a, const Entry &b) { return a.index < b.index; });
  Buffer out;
  out.leb(head.size() + map.tail_count + after.size());
  for (const Entry &e : head) out.leb(e.index).append(e.value);
  out.append(map.tail);
  for (const Entry &e : after) out.leb(e.index).append(e.value);
  return out;
}

// How many things there are to be named in a subsection.
size_t named_things(const Module &m, uint8_t sub) {
  switch (sub) {
  case sub_functions:
  case sub_locals:
  case sub_labels:
    return m.functions.size();
  case 4:
  case sub_fields:
    return m.types.size();
  case 5:
    return m.tables.size();
  case sub_memories:
    return m.memories.size();
  case sub_globals:
    return m.globals.size();
  case 8:
    return m.elements;
  case 9:
    return m.data.size();
  default:
    return m.tags.size();
  }
}

Buffer appended(Cursor &c, size_t limit, const std::vector<std::pair<uint32_t, std::string>> &more) {
  Map map = read_map(c, 0, false, limit);
  Buffer out;
  out.leb(map.tail_count + more.size()).append(map.tail);
  for (const auto &[index, name] : more) put_name(out, index, name);
  return out;
}

} // namespace

std::vector<std::pair<uint32_t, std::string_view>> function_names(const Module &module) {
  std::vector<std::pair<uint32_t, std::string_view>> out;
  const Section *s = module.custom("name");
  if (!s) return out;
  Cursor c(module.file, s->content, s->payload.end, "name");
  while (c.ok() && !c.at_end()) {
    uint8_t id = c.byte();
    Bytes payload = c.bytes(c.u32());
    if (id != sub_functions || !c.ok()) continue;
    size_t begin = static_cast<size_t>(payload.data() - module.file.data());
    Cursor sub(module.file, begin, begin + payload.size(), "name");
    uint32_t n = sub.count("names", 2);
    for (uint32_t i = 0; i < n && sub.ok(); ++i) {
      uint32_t index = sub.u32();
      out.emplace_back(index, sub.name());
    }
    if (!sub.ok()) out.clear();
  }
  return out;
}

std::optional<Buffer> change_names(const Module &module, const Section &names, const NameChanges &changes) {
  Cursor c(module.file, names.content, names.payload.end, "name");
  Buffer out;
  bool functions_done = changes.added_functions.empty();
  int last = -1;
  while (!c.at_end()) {
    uint8_t id = c.byte();
    Bytes payload = c.bytes(c.u32());
    if (!c.ok() || id <= last || id >= 0x80) return std::nullopt;
    last = id;
    if (id > sub_functions && !functions_done) {
      put_subsection(out, sub_functions, renumbered({}, false, changes));
      functions_done = true;
    }
    size_t begin = static_cast<size_t>(payload.data() - module.file.data());
    Cursor sub(module.file, begin, begin + payload.size(), "name");
    uint32_t split = static_cast<uint32_t>(changes.functions.size());
    size_t limit = named_things(module, id);
    if (id == sub_functions || id == sub_locals || id == sub_labels) {
      bool nested = id != sub_functions;
      Map map = read_map(sub, split, nested, limit);
      put_subsection(out, id, renumbered(map, nested, changes));
      functions_done = true;
    } else if (id == sub_memories || id == sub_globals) {
      put_subsection(
          out, id, appended(sub, limit, id == sub_memories ? changes.added_memories : changes.added_globals));
    } else {
      if (id == sub_module)
        sub.name();
      else if (id <= sub_last)
        read_map(sub, 0, id == sub_fields, limit);
      else
        sub.skip(payload.size());
      out.u8(id).leb(payload.size()).append(payload);
    }
    if (!sub.ok() || !sub.at_end()) return std::nullopt;
  }
  if (!functions_done) put_subsection(out, sub_functions, renumbered({}, false, changes));
  return out;
}

} // namespace mayfly::wasm
