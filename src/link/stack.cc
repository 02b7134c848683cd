// Stacking layers. One link puts one layer under an application, and its output is the application of the
// next link. The downcalls of an upper layer are then imports of that application, its memory is part of
// that application's memory, and its start function runs after those of the layers below. Any number of
// layers is therefore a loop over links. This file runs the loop and reports the whole: where each import
// of the original module ended, and which layer added an import that the original did not have.
#include "link/stack.h"

#include <algorithm>

#include "link/layer.h"

namespace mayfly::link {

namespace {

constexpr std::string_view layer_error = "the layer module";

std::string dotted(const ImportFate &fate) { return fate.module + "." + fate.field; }

bool contains(const std::vector<std::string> &list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// What the users' layers below storey k serve, as far as storey k may call it at all.
std::vector<std::string> served_below(std::span<const Storey> storeys, size_t k) {
  std::vector<std::string> names;
  for (const Storey &lower : storeys.subspan(k + 1)) {
    if (!lower.user) continue;
    auto layer = read_layer(lower.options.layer, true);
    if (!layer) continue; // an error when its turn comes
    for (const std::string &name : layer->serves()) {
      size_t dot = name.rfind('.');
      if (contains(storeys[k].options.forward, name.substr(dot + 1))) names.push_back(name);
    }
  }
  return names;
}

class Story {
public:
  explicit Story(StackReport &report) : report_(report), whole_(report.whole) {}

  void tell(const Storey &storey, const Report &link) {
    StoreyReport &own = report_.storeys.emplace_back();
    own.name = storey.name;
    own.user = storey.user;
    own.functions_kept = link.layer_functions_kept;
    own.functions_total = link.layer_functions_total;
    own.code_bytes_added = link.code_bytes_added;
    own.placement = link.placement;
    for (const ImportFate &fate : link.imports)
      if (fate.served && !contains(own.serves, dotted(fate))) own.serves.push_back(dotted(fate));
    add_sizes(storey, link);
    if (report_.storeys.size() == 1)
      whole_.imports = link.imports;
    else
      follow(link);
    for (const std::string &name : link.added_imports) added_.push_back({name, report_.storeys.size() - 1});
  }

  // The layer that added an import which `error` is about; empty when it is the application's own.
  std::string asker(const wasm::Error &error) const {
    for (const Added &a : added_)
      if (error.message.starts_with("the import " + a.name + " ")) return report_.storeys[a.storey].name;
    return "";
  }

  // Imports that layers added, and that no layer below them serves.
  void settle() {
    for (const Added &a : added_) {
      bool known = false;
      for (ImportFate &fate : whole_.imports) {
        if (fate.kind != "func" || dotted(fate) != a.name) continue;
        known = true;
        if (!fate.in_output) fate.why = "the layer " + report_.storeys[a.storey].name + " calls it";
        fate.in_output = true;
      }
      if (known) continue;
      whole_.added_imports.push_back(a.name);
      report_.storeys[a.storey].added_imports.push_back(a.name);
      if (report_.storeys[a.storey].user)
        report_.notes.push_back(a.name + " is imported because the layer " + report_.storeys[a.storey].name +
                              " calls it; the module itself does not");
    }
  }

private:
  struct Added {
    std::string name;
    size_t storey;
  };

  void add_sizes(const Storey &storey, const Report &link) {
    whole_.code_bytes_added += link.code_bytes_added;
    whole_.region_bytes += link.region_bytes;
    whole_.content_bytes += link.content_bytes;
    whole_.output_bytes = link.output_bytes;
    if (report_.storeys.size() == 1) whole_.memory_min_before = link.memory_min_before;
    whole_.memory_min_after = link.memory_min_after;
    if (!storey.user || report_.storeys.size() == 1) {
      whole_.placement = link.placement;
      whole_.layer_functions_kept = link.layer_functions_kept;
      whole_.layer_functions_total = link.layer_functions_total;
    }
    for (const std::string &name : link.dropped_sections)
      if (!contains(whole_.dropped_sections, name)) whole_.dropped_sections.push_back(name);
    for (const std::string &note : link.notes) {
      bool unused = storey.user && note.starts_with("the layer " + storey.name + " is not used");
      std::vector<std::string> &notes = unused ? report_.notes : whole_.notes;
      if (!contains(notes, note)) notes.push_back(note);
    }
  }

  // The next link's application had these imports: those that were left, and those that were added.
  void follow(const Report &link) {
    for (const ImportFate &now : link.imports) {
      for (ImportFate &fate : whole_.imports) {
        if (!fate.in_output || fate.kind != now.kind || dotted(fate) != dotted(now)) continue;
        fate.served |= now.served;
        fate.stub = now.stub;
        if (now.served || fate.why.empty()) fate.why = now.why; // else the layer only let it pass
      }
      if (!now.in_output && now.kind == "func")
        std::erase_if(added_, [&](const Added &a) { return a.name == dotted(now); });
    }
    for (ImportFate &fate : whole_.imports)
      fate.in_output =
          fate.in_output && std::any_of(link.imports.begin(), link.imports.end(), [&](auto &now) {
            return now.in_output && now.kind == fate.kind && dotted(now) == dotted(fate);
          });
  }

  StackReport &report_;
  Report &whole_;
  std::vector<Added> added_;
};

Options options_of(std::span<const Storey> storeys, size_t k, const StackOptions &stack) {
  Options o = storeys[k].options;
  o.layer_name = storeys[k].user ? storeys[k].name : "";
  if (storeys[k].user) {
    o.open_downcalls = true;
  } else {
    std::vector<std::string> below = served_below(storeys, k);
    o.may_import.insert(o.may_import.end(), below.begin(), below.end());
  }
  if (k == 0) o.unused = stack.unused;
  bool last = k + 1 == storeys.size();
  if (last) o.stubs = stack.stubs;
  o.hermetic = last && stack.hermetic;
  return o;
}

StackError blame(const Storey &storey, bool first, wasm::Error error) {
  if (error.message.starts_with(layer_error) && storey.user) {
    error.message.erase(0, layer_error.size());
    error.message.erase(0, error.message.find_first_not_of(": "));
    return {storey.name, std::move(error)};
  }
  // Offsets in the output of an earlier link would mean nothing to the user, so they are left out.
  if (!first) error.offset = wasm::Error::no_offset;
  return {"", std::move(error)};
}

} // namespace

std::expected<std::vector<uint8_t>, StackError> link_stack(std::span<const uint8_t> app,
                                                           std::span<const Storey> storeys,
                                                           const StackOptions &options, StackReport &report) {
  report = {};
  Story story(report);
  std::vector<uint8_t> bytes;
  for (size_t k = 0; k < storeys.size(); ++k) {
    Report one;
    auto linked = link(k == 0 ? app : std::span<const uint8_t>(bytes), options_of(storeys, k, options), one);
    if (!linked) {
      StackError error = blame(storeys[k], k == 0, linked.error());
      if (error.layer.empty()) error.layer = story.asker(error.error);
      return std::unexpected(std::move(error));
    }
    bytes = std::move(*linked);
    story.tell(storeys[k], one);
  }
  story.settle();
  return bytes;
}

} // namespace mayfly::link
