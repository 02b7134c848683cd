// The sets of named values and the structures of the ABIs' description, as data for the layer.
#include <algorithm>

#include "trace/describe_native.h"

namespace mayfly::trace {
namespace {

std::string str(StrView v) { return {v.ptr, v.len}; }

constexpr abi::Dialect kNewestEmscripten = abi::Dialect::emscripten_4_0_12;

} // namespace

Show shown(abi::As as) {
  switch (as) {
  case abi::As::decimal:
  case abi::As::hidden:
    return Show::decimal;
  case abi::As::integer:
    return Show::integer;
  case abi::As::hex:
    return Show::hex;
  case abi::As::mode:
    return Show::mode;
  case abi::As::flags:
    return Show::flags;
  case abi::As::choice:
    return Show::choice;
  case abi::As::fd:
    return Show::fd;
  case abi::As::time:
    return Show::time;
  }
  return Show::hex;
}

Ref Describer::values(abi::Set set) {
  if (set == abi::Set::none) return 0;
  std::vector<std::pair<uint32_t, std::string>> names;
  std::string zero_name;
  abi::Values values = abi::values_of(set);
  for (const abi::Value &v : values) {
    if (v.value == 0 && values.zero_mask != 0)
      zero_name = str(v.name);
    else
      names.emplace_back(v.value, str(v.name));
  }
  return block_.set(names, values.zero_mask, zero_name);
}

Ref Describer::layout(const abi::Structure &s, Ref otherwise) {
  Layout layout{};
  layout.bytes = s.bytes;
  layout.tag_at = s.tag.len != 0 ? abi::find_field(s, s.tag)->at : kNowhere;
  layout.probe_at = layout.probe_other = kNowhere;
  if (otherwise != 0) {
    layout.probe_at = s.probe.at;
    layout.probe_value = s.probe.value;
    layout.otherwise = otherwise;
  }
  std::vector<Field> fields;
  for (const abi::Field &from : s) {
    if (from.as == abi::As::hidden || (from.detail && !verbose_)) continue;
    Field &f = fields.emplace_back();
    f.name = block_.text(str(from.name));
    f.set = values(from.set);
    f.at = from.at;
    f.width = from.width;
    f.show = shown(from.as);
    f.when = from.when;
    shows_ |= 1u << static_cast<u32>(f.show);
  }
  return block_.layout(layout, fields);
}

// Of Emscripten's structures the newest layout, which says what it would be otherwise.
Ref Describer::record(abi::Record record, abi::Module module) {
  if (abi::is_wasi(module)) return layout(*abi::find_structure(record, abi::dialect_of(module)), 0);
  if (old_emscripten_) return layout(*abi::find_structure(record, abi::Dialect::emscripten_oldest), 0);
  std::vector<const abi::Structure *> possible;
  for (const abi::Structure &s : abi::kStructures)
    if (s.record == record && s.last >= abi::Dialect::emscripten_3_1_16 && s.first <= kNewestEmscripten)
      possible.push_back(&s);
  Ref ref = 0;
  for (auto s = possible.rbegin(); s != possible.rend(); ++s) ref = layout(**s, ref);
  return ref;
}

// What fcntl's commands take, by command.
Ref Describer::further_of_control() {
  namespace fcntl = abi::value::fcntl;
  Further rules[] = {{fcntl::getfd, 0, Show::nothing, {}},
                     {fcntl::getfl, 0, Show::nothing, {}},
                     {fcntl::getown, 0, Show::nothing, {}},
                     {fcntl::setfl, values(abi::Set::open), Show::flags, {}}};
  FurtherList list{static_cast<u32>(std::size(rules)), {}};
  std::ranges::copy(rules, list.rules);
  return block_.array<FurtherList>({&list, 1});
}

} // namespace mayfly::trace
