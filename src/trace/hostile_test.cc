// Arguments that mean no good: every parameter of every function of every ABI, with addresses at and
// beyond the memory's edges and lengths without end. The native host aborts on an access outside of the
// application's memory, and the output must still be what its format promises.
#include <nlohmann/json.hpp>

#include "trace/test_support.h"

namespace mayfly::trace {
namespace {

std::vector<Function> all_functions() {
  std::vector<Function> list;
  for (const abi::Function &f : abi::functions(abi::Module::wasi_snapshot_preview1)) {
    list.push_back(wasi({f.name.ptr, f.name.len}));
    if (f.in_unstable) list.push_back(wasi({f.name.ptr, f.name.len}, "wasi_unstable"));
  }
  for (const abi::Function &f : abi::functions(abi::Module::env)) {
    list.push_back(emscripten({f.name.ptr, f.name.len}));
    if (Function split = emscripten({f.name.ptr, f.name.len}, true); split.params != list.back().params)
      list.push_back(split);
  }
  return list;
}

class HostileTest : public TraceTest {
protected:
  static constexpr u64 kValues[] = {0,
                                    1,
                                    8,
                                    kBuf,
                                    kAppBytes - 64,
                                    kAppBytes - 8,
                                    kAppBytes - 4,
                                    kAppBytes - 1,
                                    kAppBytes,
                                    0x7fffffff,
                                    0xffffffff - 7,
                                    0xffffffff,
                                    ~u64{0}};
  static constexpr u64 kResults[] = {0, 1, 100, 0x7fffffff, 0xfffffff0, 0xffffffff};

  // Every function with every value in each parameter, the others being one value.
  template <class Check> void each(Check check) {
    functions = all_functions();
    begin();
    for (u32 f = 0; f < functions.size(); f++) {
      const auto &types = functions[f].params;
      for (size_t slot = 0; slot < std::max<size_t>(types.size(), 1); slot++)
        for (u64 value : kValues)
          for (u64 rest : {u64{kBuf}, u64{0}, u64{3}, u64{0xffffffff}}) {
            std::vector<u64> slots(types.size(), rest);
            if (slot < types.size()) slots[slot] = value;
            for (size_t i = 0; i < slots.size(); i++)
              if (types[i] == kI32) slots[i] = static_cast<u32>(slots[i]);
            sink.text.clear();
            sink.files.clear();
            call(f, slots, gives(kResults[turn_++ % std::size(kResults)]));
            check(functions[f], sink.text);
          }
    }
  }

private:
  u32 turn_ = 0;
};

void is_a_line(const Function &f, const std::string &text) {
  if (f.field == "proc_exit") return;
  ASSERT_EQ(text.substr(0, f.field.size() + 1), f.field + "(");
  ASSERT_EQ(std::ranges::count(text, '\n'), 1) << text;
  ASSERT_EQ(text.back(), '\n');
}

TEST_F(HostileTest, Text) { each(is_a_line); }

TEST_F(HostileTest, TextWithEverything) {
  options.show_paths = options.verbose = options.relative_time = options.spent_time = true;
  options.string_max = 300;
  options.list_max = 3;
  each([](const Function &f, const std::string &text) {
    if (f.field == "proc_exit") return;
    ASSERT_EQ(std::ranges::count(text, '\n'), 1) << text;
  });
}

TEST_F(HostileTest, Json) {
  options.format = Format::json;
  options.show_paths = true;
  each([](const Function &f, const std::string &text) {
    if (f.field == "proc_exit") return;
    nlohmann::json j = nlohmann::json::parse(text, nullptr, false);
    ASSERT_FALSE(j.is_discarded()) << text;
    ASSERT_EQ(j["call"], f.field);
  });
}

TEST_F(HostileTest, MemoryFullOfOnes) {
  std::ranges::fill(memory.app, 0xff);
  each(is_a_line);
}

TEST_F(HostileTest, MemoryOfZeros) {
  std::ranges::fill(memory.app, 0);
  each(is_a_line);
}

// Without a memory, or with less than the sink has to borrow, nothing is printed and nothing breaks.
TEST_F(HostileTest, LittleMemory) {
  for (size_t bytes : {0u, 1u, 16u, 100u}) {
    memory.app.resize(bytes);
    options.show_paths = options.spent_time = true;
    functions = all_functions();
    begin();
    for (u32 f = 0; f < functions.size(); f++)
      call(f, std::vector<u64>(functions[f].params.size(), 8), gives(0));
    EXPECT_EQ(sink.text, "");
  }
}

} // namespace
} // namespace mayfly::trace
