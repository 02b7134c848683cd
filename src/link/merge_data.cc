// Makes room for our data segments in a module that has as many as engines allow.
//
//   (data (i32.const 1024) "ab")              (data (i32.const 1024) "ab\00\00cd")
//   (data (i32.const 1028) "cd")       =>
//
// V8, SpiderMonkey and JavaScriptCore take 100,000 segments of a module. Go's linker knows that and stops
// cutting its data there, so a large Go program has exactly that many. Neighbours are joined, with the zeros
// between them, the closest ones first: a segment's header costs more than a short gap.
//
// Joining keeps what instantiation does: only segments with constant offsets into the same memory, written
// upwards so that the zeros overwrite nothing that an earlier segment wrote, and only in a memory that starts
// out as zeros. A module with a data count section is left alone, because its code may name segments.
#include "link/plan.h"

#include <algorithm>

namespace mayfly::link {
namespace {

constexpr size_t engine_max = 100000;
constexpr uint64_t anywhere = ~uint64_t{0};

struct Piece {
  size_t first, last;                        // segments of the application
  uint64_t begin = anywhere, end = anywhere; // addresses when the offset is constant
};

std::optional<uint64_t> constant_offset(const Plan &plan, const wasm::Data &d) {
  if (!d.active) return std::nullopt;
  wasm::Cursor c(plan.app.file, d.offset.begin, d.offset.end, "data");
  if (c.byte() != 0x41) return std::nullopt;
  auto value = static_cast<uint32_t>(c.s32());
  if (c.byte() != 0x0b || !c.ok() || c.offset() != d.offset.end) return std::nullopt;
  return value;
}

std::vector<Piece> join(const Plan &plan, uint64_t gap_max) {
  std::vector<Piece> pieces;
  uint64_t written_to = 0; // no active segment so far ends above this address
  uint32_t memory = none;  // of the segments counted in written_to
  for (size_t i = 0; i < plan.app.data.size(); ++i) {
    const wasm::Data &d = plan.app.data[i];
    Piece piece{i, i};
    if (auto at = constant_offset(plan, d)) {
      if (d.memory != memory) written_to = memory == none ? 0 : anywhere;
      memory = d.memory;
      piece.begin = *at;
      piece.end = *at + d.bytes.size();
      bool zeros = !plan.app.memories[d.memory].imported;
      if (!pieces.empty() && pieces.back().end == written_to && piece.begin >= written_to &&
          piece.begin - written_to <= (zeros ? gap_max : 0)) {
        pieces.back().last = i;
        pieces.back().end = written_to = piece.end;
        continue;
      }
      written_to = std::max(written_to, piece.end);
    } else if (d.active) {
      written_to = anywhere;
    }
    pieces.push_back(piece);
  }
  return pieces;
}

void encode(const Plan &plan, const Piece &piece, size_t section_begin, wasm::Buffer &out) {
  const auto &data = plan.app.data;
  wasm::Bytes file = plan.app.file;
  if (piece.first == piece.last) {
    size_t begin = piece.first ? data[piece.first - 1].bytes.end : section_begin;
    out.append(file.subspan(begin, data[piece.first].bytes.end - begin));
    return;
  }
  uint32_t memory = data[piece.first].memory;
  if (memory)
    out.u8(2).leb(memory);
  else
    out.u8(0);
  out.u8(0x41).sleb(static_cast<int32_t>(piece.begin)).u8(0x0b).leb(piece.end - piece.begin);
  uint64_t at = piece.begin;
  for (size_t i = piece.first; i <= piece.last; ++i) {
    out.bytes.resize(out.bytes.size() + (*constant_offset(plan, data[i]) - at)); // zeros
    out.append(file.subspan(data[i].bytes.begin, data[i].bytes.size()));
    at = *constant_offset(plan, data[i]) + data[i].bytes.size();
  }
}

} // namespace

void merge_app_data(Plan &plan) {
  plan.app_data_count = static_cast<uint32_t>(plan.app.data.size());
  size_t ours = plan.runs.size() + plan.layer_segments().size() + !plan.content().empty();
  if (plan.app.data.size() + ours <= engine_max || plan.app.data_count) return;
  std::vector<Piece> pieces;
  for (uint64_t gap = 1; gap <= page_bytes; gap *= 2) {
    pieces = join(plan, gap);
    if (pieces.size() + ours <= engine_max) break;
  }
  const wasm::Section *section = plan.app.section(wasm::section_data);
  wasm::Cursor c(plan.app.file, section->payload.begin, section->payload.end, "data");
  c.u32(); // the number of entries
  for (const Piece &piece : pieces) encode(plan, piece, c.offset(), plan.merged_data);
  plan.report.notes.push_back(std::to_string(plan.app_data_count - pieces.size()) +
                              " data segments were joined with their neighbours: engines take 100,000");
  plan.app_data_count = static_cast<uint32_t>(pieces.size());
}

} // namespace mayfly::link
