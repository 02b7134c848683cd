// Emscripten's rows, held to the signatures that its own sources give.
#include "abi/emscripten.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mayfly::abi::emscripten {
namespace {

std::string str(StrView s) { return std::string(s.ptr, s.len); }

std::string signature_of(StrView name, bool split = false) {
  const Function *f = find(name);
  if (!f) return "unknown";
  CoreType types[9];
  u32 n = signature(*f, split, types);
  std::string text;
  for (u32 i = 0; i < n; i++) text += types[i] == CoreType::i32 ? 'i' : 'j';
  return text;
}

TEST(EmscriptenTable, Signatures) {
  EXPECT_EQ(signature_of("__syscall_openat"), "iiii");
  EXPECT_EQ(signature_of("__syscall_readlinkat"), "iiii");
  EXPECT_EQ(signature_of("__syscall_ftruncate64"), "ij");
  EXPECT_EQ(signature_of("__syscall_ftruncate64", true), "iii");
  EXPECT_EQ(signature_of("__syscall_fadvise64"), "ijji");
  EXPECT_EQ(signature_of("__syscall_linkat"), "iiiii");
  EXPECT_EQ(signature_of("__syscall_getdents64"), "iii");
  EXPECT_EQ(signature_of("__syscall_statfs64"), "iii");
  EXPECT_EQ(signature_of("__syscall_epoll_pwait"), "iiiiii");
  EXPECT_EQ(signature_of("__syscall_recvfrom"), "iiiiii");
  EXPECT_EQ(signature_of("_mmap_js"), "iiiijii");
  EXPECT_EQ(signature_of("_munmap_js"), "iiiiij");
  EXPECT_EQ(signature_of("__syscall_getuid32"), "");
}

TEST(EmscriptenTable, Find) {
  for (u32 i = 0; i < kFunctions; i++) EXPECT_EQ(find(functions()[i].name), &functions()[i]);
  EXPECT_EQ(find("__sys_open"), find("__syscall_open"));
  EXPECT_EQ(find("fd_read"), nullptr);
  EXPECT_EQ(find(""), nullptr);
  std::string hostile = "__sys_" + std::string(5000, 'x');
  EXPECT_EQ(find({hostile.data(), static_cast<u32>(hostile.size())}), nullptr);
}

TEST(EmscriptenTable, IsComplete) {
  for (u32 i = 0; i < kFunctions; i++) {
    const Function &f = functions()[i];
    SCOPED_TRACE(str(f.name));
    EXPECT_GT(f.meaning.len, 0u);
    std::set<std::string> names;
    for (u32 p = 0; p < f.param_count; p++) {
      const Param &param = f.params[p];
      EXPECT_TRUE(names.insert(str(param.name)).second) << str(param.name);
      bool named = param.kind == Kind::flags || param.kind == Kind::choice;
      EXPECT_EQ(named, values_of(param.set).count != 0) << str(param.name);
    }
  }
}

TEST(EmscriptenTable, Runtime) {
  EXPECT_EQ(str(meaning_of_runtime("__cxa_throw")), "C++ exceptions");
  EXPECT_GT(meaning_of_runtime("invoke_viii").len, 0u);
  EXPECT_EQ(meaning_of_runtime("something").len, 0u);
}

} // namespace
} // namespace mayfly::abi::emscripten
