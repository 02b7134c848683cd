// The description against what it describes: the exports of the filesystem layer; and against itself.
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

std::string signature_text(const Function &f, bool split = false) {
  CoreType types[kCoreParamsMax];
  u32 n = signature(f, split, types);
  std::string text;
  for (u32 i = 0; i < n; i++) text += types[i] == CoreType::i32 ? 'i' : 'j';
  return text + (f.returns != Returns::never ? ">i" : ">");
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

constexpr Module kWasiModules[] = {Module::wasi_snapshot_preview1, Module::wasi_unstable};
constexpr Module kTables[] = {Module::wasi_snapshot_preview1, Module::env}; // the two WASI modules share one

TEST(AbiTable, IsWhatTheLayerExports) {
  std::map<std::string, std::string> table;
  for (Module m : kWasiModules)
    for (const Function &f : functions(m))
      if (find(m, f.name) != nullptr) table[str(module_name(m)) + "." + str(f.name)] = signature_text(f);
  EXPECT_EQ(table.size(), 46u + 45u);
  EXPECT_EQ(table, exports_of_the_layer());
}

TEST(AbiTable, Signatures) {
  auto of = [](Module m, StrView name, bool split = false) { return signature_text(*find(m, name), split); };
  constexpr Module p1 = Module::wasi_snapshot_preview1, env = Module::env;
  EXPECT_EQ(of(p1, "path_open"), "iiiiijjii>i");
  EXPECT_EQ(of(p1, "fd_seek"), "ijii>i");
  EXPECT_EQ(of(p1, "fd_seek", true), "iiiii>i");
  EXPECT_EQ(of(p1, "fd_readdir"), "iiiji>i");
  EXPECT_EQ(of(p1, "proc_exit"), "i>");
  EXPECT_EQ(of(p1, "sched_yield"), ">i");
  EXPECT_EQ(of(env, "__syscall_openat"), "iiii>i");
  EXPECT_EQ(of(env, "__syscall_readlinkat"), "iiii>i");
  EXPECT_EQ(of(env, "__syscall_ftruncate64"), "ij>i");
  EXPECT_EQ(of(env, "__syscall_ftruncate64", true), "iii>i");
  EXPECT_EQ(of(env, "__syscall_fadvise64"), "ijji>i");
  EXPECT_EQ(of(env, "__syscall_fadvise64", true), "iiiiii>i");
  EXPECT_EQ(of(env, "__syscall_linkat"), "iiiii>i");
  EXPECT_EQ(of(env, "__syscall_getdents64"), "iii>i");
  EXPECT_EQ(of(env, "__syscall_getcwd"), "ii>i");
  EXPECT_EQ(of(env, "__syscall_statfs64"), "iii>i");
  EXPECT_EQ(of(env, "__syscall_epoll_pwait"), "iiiiii>i");
  EXPECT_EQ(of(env, "__syscall_recvfrom"), "iiiiii>i");
  EXPECT_EQ(of(env, "_mmap_js"), "iiiijii>i");
  EXPECT_EQ(of(env, "_munmap_js"), "iiiiij>i");
  EXPECT_EQ(of(env, "__syscall_getuid32"), ">i");
}

TEST(AbiTable, HasSignature) {
  const Function &truncate = *find(Module::env, "__syscall_ftruncate64");
  const u8 whole[] = {0x7f, 0x7e}, halves[] = {0x7f, 0x7f, 0x7f};
  EXPECT_TRUE(has_signature(truncate, false, whole, 2, true));
  EXPECT_TRUE(has_signature(truncate, true, halves, 3, true));
  EXPECT_FALSE(has_signature(truncate, false, halves, 3, true));
  EXPECT_FALSE(has_signature(truncate, false, whole, 1, true));
  EXPECT_FALSE(has_signature(truncate, false, whole, 2, false));
}

TEST(AbiTable, Find) {
  EXPECT_EQ(find("wasi_snapshot_preview1", "nothing"), nullptr);
  EXPECT_EQ(find("nothing", "fd_read"), nullptr);
  EXPECT_EQ(find("env", "fd_read"), nullptr);
  EXPECT_EQ(find("wasi_unstable", "sock_accept"), nullptr);
  ASSERT_NE(find("wasi_unstable", "fd_read"), nullptr);
  EXPECT_EQ(find("env", "__sys_open"), find("env", "__syscall_open"));
  EXPECT_EQ(find("env", ""), nullptr);
  std::string hostile = "__sys_" + std::string(5000, 'x');
  EXPECT_EQ(find("env", {hostile.data(), static_cast<u32>(hostile.size())}), nullptr);
  for (Module m : kTables)
    for (const Function &f : functions(m)) EXPECT_EQ(find(m, f.name), &f);
}

bool is_memory(Kind kind) { return kind >= Kind::path && !is_out(kind); }

// Every argument can be printed and every pointer has its length: what the tracer relies on.
TEST(AbiTable, IsComplete) {
  for (Module m : kTables) {
    for (const Function &f : functions(m)) {
      SCOPED_TRACE(str(f.name));
      EXPECT_GT(f.meaning.len, 0u);
      std::set<std::string> names;
      for (u32 i = 0; i < f.param_count; i++) {
        const Param &param = f.params[i];
        SCOPED_TRACE(str(param.name));
        EXPECT_TRUE(names.insert(str(param.name)).second);
        bool named = param.kind == Kind::flags32 || param.kind == Kind::flags64 ||
                     param.kind == Kind::choice || param.kind == Kind::out_flags16;
        EXPECT_EQ(named, param.set != Set::none);
        bool record = param.kind == Kind::records || param.kind == Kind::record_pair ||
                      param.kind == Kind::dirents || param.kind == Kind::out_records ||
                      param.kind == Kind::out_record;
        EXPECT_EQ(record, param.record != Record::none);
        EXPECT_EQ(param.kind == Kind::varargs, param.further != Further::nothing);
        Dialect dialect = is_wasi(m) ? Dialect::snapshot : Dialect::emscripten_4_0_12;
        EXPECT_EQ(is_out(param.kind), stored_bytes(param, dialect) != 0);
        bool sized = is_memory(param.kind) && i + 1 < f.param_count && f.params[i + 1].kind == Kind::length;
        bool needs = param.kind == Kind::path || param.kind == Kind::data ||
                     param.kind == Kind::iovecs_write || param.kind == Kind::buffer ||
                     param.kind == Kind::dirents || param.kind == Kind::iovecs_read;
        EXPECT_EQ(needs, sized);
      }
    }
  }
}

// A packed module may ask its host for what the options leave to it, and for nothing else.
TEST(AbiTable, Forwarding) {
  auto forwarded = [](const HostUse &use) {
    std::string names;
    for (const Function &f : functions(Module::wasi_snapshot_preview1))
      if (may_forward(f.forward, use)) names += (names.empty() ? "" : " ") + str(f.name);
    return names;
  };
  EXPECT_EQ(forwarded({}), "");
  EXPECT_EQ(forwarded({.args = true, .env = true, .streams = true, .host_dirs = true}), ""); // hermetic
  EXPECT_EQ(
      forwarded({.services = true}),
      "clock_res_get clock_time_get poll_oneoff proc_exit proc_raise random_get sched_yield sock_accept "
      "sock_recv sock_send sock_shutdown");
  EXPECT_EQ(
      forwarded({.services = true, .args = true, .env = true, .streams = true}),
      "args_get args_sizes_get clock_res_get clock_time_get environ_get environ_sizes_get fd_fdstat_get "
      "fd_read fd_write poll_oneoff proc_exit proc_raise random_get sched_yield sock_accept sock_recv "
      "sock_send sock_shutdown");
  // What only the layer's descriptor table knows stays inside in every case.
  std::string all =
      forwarded({.services = true, .args = true, .env = true, .streams = true, .host_dirs = true});
  for (const Function &f : functions(Module::wasi_snapshot_preview1)) {
    bool inside = equal(f.name, "fd_renumber") || equal(f.name, "fd_fdstat_set_rights");
    EXPECT_EQ((" " + all + " ").find(" " + str(f.name) + " ") == all.npos, inside) << str(f.name);
  }
}

// The functions that may not be answered by the sibling module's.
TEST(AbiTable, Differing) {
  std::string names;
  for (const Function &f : functions(Module::wasi_snapshot_preview1)) {
    if (f.differs) names += str(f.name) + " ";
    for (const Param &param : f) {
      bool other =
          set_in(param.set, Module::wasi_snapshot_preview1) != set_in(param.set, Module::wasi_unstable) ||
          (param.record != Record::none && find_structure(param.record, Dialect::snapshot) !=
                                               find_structure(param.record, Dialect::unstable));
      EXPECT_TRUE(!other || f.differs) << str(f.name);
    }
  }
  EXPECT_EQ(names, "fd_filestat_get fd_seek path_filestat_get poll_oneoff ");
}

TEST(AbiTable, Names) {
  auto first = [](Set set) { return str(values_of(set).values[0].name); };
  EXPECT_EQ(first(set_in(Set::whence, Module::wasi_snapshot_preview1)), "SEEK_SET");
  EXPECT_EQ(first(set_in(Set::whence, Module::wasi_unstable)), "SEEK_CUR");
  EXPECT_EQ(values_of(Set::rights).count, 30u);
  EXPECT_EQ(values_of(Set::siflags).count, 0u);
  EXPECT_EQ(values_of(Set::none).count, 0u);
  EXPECT_EQ(str(errno_name(0)), "ESUCCESS");
  EXPECT_EQ(str(errno_name(44)), "ENOENT");
  EXPECT_EQ(str(errno_name(52)), "ENOSYS");
  EXPECT_EQ(str(errno_name(76)), "ENOTCAPABLE");
  EXPECT_EQ(errno_name(77).len, 0u);
  EXPECT_EQ(str(result_of(*find("wasi_unstable", "path_open"))->name), "opened_fd");
  EXPECT_EQ(result_of(*find("wasi_unstable", "fd_close")), nullptr);
  EXPECT_EQ(result_of(*find("wasi_unstable", "args_sizes_get")), nullptr);
}

TEST(AbiTable, Runtime) {
  EXPECT_EQ(str(find_runtime("__cxa_throw")->meaning), "C++ exceptions");
  EXPECT_FALSE(find_runtime("__cxa_throw")->returns);
  EXPECT_TRUE(find_runtime("__cxa_begin_catch")->returns);
  EXPECT_TRUE(find_runtime("exit")->exits);
  EXPECT_GT(find_runtime("invoke_viii")->meaning.len, 0u);
  EXPECT_EQ(str(find_runtime("glClear")->meaning), "WebGL");
  EXPECT_EQ(find_runtime("something"), nullptr);
}

// Fields lie inside and, but for the members of a union, side by side; values are in their sets.
TEST(AbiStructures, AreSound) {
  for (const Structure &s : kStructures) {
    SCOPED_TRACE(static_cast<int>(s.record));
    EXPECT_LE(s.first, s.last);
    EXPECT_GT(s.field_count(), 0u);
    EXPECT_EQ(find_field(s, s.tag) != nullptr, s.tag.len != 0);
    for (const Field &a : s) {
      SCOPED_TRACE(str(a.name));
      EXPECT_LE(a.at + a.width, s.bytes);
      EXPECT_TRUE(a.at % a.width == 0 || a.width > 4);
      EXPECT_EQ(a.as == As::flags || a.as == As::choice || a.as == As::mode, a.set != Set::none);
      for (const Field &b : s) {
        bool together = a.when == kAlways || b.when == kAlways || a.when == b.when;
        bool apart = a.at + a.width <= b.at || b.at + b.width <= a.at;
        EXPECT_TRUE(&a == &b || !together || apart) << str(b.name);
      }
    }
  }
}

// Every dialect has each of its structures once.
TEST(AbiStructures, AreOfOneDialectEach) {
  for (u32 d = 0; d < kDialects; d++) {
    std::set<Record> seen;
    for (const Structure &s : kStructures) {
      bool has = s.first <= static_cast<Dialect>(d) && static_cast<Dialect>(d) <= s.last;
      if (!has) continue;
      EXPECT_TRUE(seen.insert(s.record).second) << d << " " << static_cast<int>(s.record);
    }
    EXPECT_EQ(seen.size(), d < 2 ? 7u : 6u) << d;
  }
}

} // namespace
} // namespace mayfly::abi
