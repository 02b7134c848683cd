// The table against what it describes: the exports of the filesystem layer.
#include "abi/table.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <span>
#include <string>

#include "wasm/module.h"

extern "C" const unsigned char mayfly_layer_vfs_begin[], mayfly_layer_vfs_end[];

namespace mayfly::abi {
namespace {

std::string str(StrView s) { return std::string(s.ptr, s.len); }

std::string signature_text(const Function &f) {
  CoreType types[kCoreParamsMax];
  u32 n = signature(f, types);
  std::string text;
  for (u32 i = 0; i < n; i++) text += types[i] == CoreType::i32 ? 'i' : 'j';
  return text + (f.returns ? ">i" : ">");
}

std::map<std::string, std::string> exports_of_the_layer() {
  std::span<const uint8_t> bytes(mayfly_layer_vfs_begin, mayfly_layer_vfs_end);
  auto module = wasm::read_module(bytes);
  EXPECT_TRUE(module.has_value());
  std::map<std::string, std::string> found;
  for (const wasm::Export &e : module->exports) {
    if (e.kind != wasm::Kind::func || e.name.find('.') == std::string_view::npos) continue;
    const wasm::Type &type = module->types[module->functions[e.index]];
    std::string text;
    for (uint32_t i = 0; i < type.params + type.results; i++) {
      if (i == type.params) text += '>';
      text += module->type_pool[type.first + i] == wasm::i32 ? 'i' : 'j';
    }
    if (type.results == 0) text += '>';
    found[std::string(e.name)] = text;
  }
  return found;
}

TEST(AbiTable, IsWhatTheLayerExports) {
  std::map<std::string, std::string> table;
  for (u32 m = 0; m < kModules; m++) {
    for (u32 i = 0; i < kFunctions; i++) {
      const Function &f = functions()[i];
      if (find(static_cast<Module>(m), f.name) == nullptr) continue;
      table[str(module_name(static_cast<Module>(m))) + "." + str(f.name)] = signature_text(f);
    }
  }
  EXPECT_EQ(table.size(), 46u + 45u);
  EXPECT_EQ(table, exports_of_the_layer());
}

TEST(AbiTable, Signatures) {
  auto of = [](StrView name) { return signature_text(*find(Module::wasi_snapshot_preview1, name)); };
  EXPECT_EQ(of("path_open"), "iiiiijjii>i");
  EXPECT_EQ(of("fd_seek"), "ijii>i");
  EXPECT_EQ(of("fd_readdir"), "iiiji>i");
  EXPECT_EQ(of("proc_exit"), "i>");
  EXPECT_EQ(of("sched_yield"), ">i");
}

TEST(AbiTable, Find) {
  EXPECT_EQ(find("wasi_snapshot_preview1", "nothing"), nullptr);
  EXPECT_EQ(find("env", "fd_read"), nullptr);
  EXPECT_EQ(find("wasi_unstable", "sock_accept"), nullptr);
  ASSERT_NE(find("wasi_unstable", "fd_read"), nullptr);
  for (u32 i = 0; i < kFunctions; i++)
    EXPECT_EQ(find(Module::wasi_snapshot_preview1, functions()[i].name), &functions()[i]);
}

// Every argument can be printed: flags and choices have a set, everything has a name.
TEST(AbiTable, IsComplete) {
  u32 differ = 0;
  for (u32 i = 0; i < kFunctions; i++) {
    const Function &f = functions()[i];
    SCOPED_TRACE(str(f.name));
    EXPECT_GT(f.meaning.len, 0u);
    EXPECT_TRUE(f.inside || f.forwarded);
    differ += f.differs;
    std::set<std::string> names;
    for (u32 p = 0; p < f.param_count; p++) {
      const Param &param = f.params[p];
      EXPECT_TRUE(names.insert(str(param.name)).second) << str(param.name);
      bool named = param.kind == Kind::flags32 || param.kind == Kind::flags64 || param.kind == Kind::choice ||
                   param.kind == Kind::out_flags16;
      EXPECT_EQ(named, param.set != Set::none) << str(param.name);
      EXPECT_EQ(is_out(param.kind), stored_bytes(param.kind, Module::wasi_unstable) != 0);
    }
  }
  EXPECT_EQ(differ, 4u);
}

TEST(AbiTable, Names) {
  EXPECT_EQ(str(names_of(set_in(Set::whence, Module::wasi_snapshot_preview1)).names[0]), "SEEK_SET");
  EXPECT_EQ(str(names_of(set_in(Set::whence, Module::wasi_unstable)).names[0]), "SEEK_CUR");
  EXPECT_EQ(names_of(Set::rights).count, 30u);
  EXPECT_EQ(str(errno_name(44)), "ENOENT");
  EXPECT_EQ(str(errno_name(52)), "ENOSYS");
  EXPECT_EQ(errno_name(77).len, 0u);
  EXPECT_EQ(str(result_of(*find("wasi_unstable", "path_open"))->name), "opened_fd");
  EXPECT_EQ(result_of(*find("wasi_unstable", "fd_close")), nullptr);
}

} // namespace
} // namespace mayfly::abi
