// What Emscripten's JavaScript provides besides system calls: for inspect, and for the tracer, which has to
// know which calls do not come back.
#include "abi/table.h"

namespace mayfly::abi {
namespace {

// The first that fits counts.
constexpr RuntimeFunction kRuntime[] = {
    {.name = "emscripten_resize_heap", .meaning = "grow the memory (JavaScript does it)"},
    {.name = "emscripten_notify_memory_growth", .meaning = "tell JavaScript that the memory has grown"},
    {.name = "emscripten_get_heap_max", .meaning = "how far the memory may grow"},
    {.name = "emscripten_get_now", .meaning = "time of the monotonic clock"},
    {.name = "emscripten_get_now_res", .meaning = "resolution of the monotonic clock"},
    {.name = "_emscripten_get_now_is_monotonic", .meaning = "whether the clock is monotonic"},
    {.name = "emscripten_date_now", .meaning = "time of day"},
    {.name = "emscripten_memcpy_big", .meaning = "copy memory (JavaScript does it)"},
    {.name = "_emscripten_memcpy_js", .meaning = "copy memory (JavaScript does it)"},
    {.name = "emscripten_memcpy_js", .meaning = "copy memory (JavaScript does it)"},
    {.name = "_emscripten_throw_longjmp", .meaning = "longjmp", .returns = false},
    {.name = "emscripten_longjmp", .meaning = "longjmp", .returns = false},
    {.name = "emscripten_sleep", .meaning = "sleep (Asyncify or JSPI)"},
    {.name = "emscripten_set_main_loop", .meaning = "call the program again with each frame"},
    {.name = "emscripten_set_main_loop_arg", .meaning = "call the program again with each frame"},
    {.name = "emscripten_run_script", .meaning = "run JavaScript text"},
    {.name = "emscripten_asm_const_", .meaning = "run JavaScript of the program (EM_ASM)", .family = true},
    {.name = "emscripten_exit_with_live_runtime", .meaning = "leave main and stay alive", .returns = false},
    {.name = "emscripten_force_exit", .meaning = "end the program", .returns = false, .exits = true},
    {.name = "emscripten_webgl_", .meaning = "WebGL context", .family = true},
    {.name = "emscripten_gl", .meaning = "WebGL", .family = true},
    {.name = "emscripten_fetch", .meaning = "download", .family = true},
    {.name = "emscripten_websocket_", .meaning = "web socket", .family = true},
    {.name = "emscripten_set_", .meaning = "browser events", .family = true},
    {.name = "emscripten_unwind_to_js_event_loop",
     .meaning = "a service of Emscripten's JavaScript",
     .returns = false},
    {.name = "emscripten_", .meaning = "a service of Emscripten's JavaScript", .family = true},
    {.name = "_emscripten_", .meaning = "a service of Emscripten's JavaScript", .family = true},
    {.name = "__emscripten_", .meaning = "a service of Emscripten's JavaScript", .family = true},
    {.name = "_wasmfs_",
     .meaning = "WasmFS: the JavaScript side of a filesystem inside the module",
     .family = true},
    {.name = "invoke_",
     .meaning = "call a function through the table and catch what it throws",
     .family = true},
    {.name = "__cxa_throw", .meaning = "C++ exceptions", .returns = false},
    {.name = "__cxa_rethrow", .meaning = "C++ exceptions", .returns = false},
    {.name = "__cxa_", .meaning = "C++ exceptions", .family = true},
    {.name = "__resumeException", .meaning = "C++ exceptions", .returns = false},
    {.name = "llvm_eh_typeid_for", .meaning = "C++ exceptions"},
    {.name = "getTempRet0", .meaning = "upper half of a 64-bit result"},
    {.name = "setTempRet0", .meaning = "upper half of a 64-bit result"},
    {.name = "_embind_", .meaning = "Embind: classes and functions for JavaScript", .family = true},
    {.name = "_emval_", .meaning = "Embind: JavaScript values", .family = true},
    {.name = "abort", .meaning = "end the program with an error", .returns = false},
    {.name = "_abort_js", .meaning = "end the program with an error", .returns = false},
    {.name = "abortStackOverflow", .meaning = "end the program: the stack is full"},
    {.name = "__handle_stack_overflow", .meaning = "end the program: the stack is full"},
    {.name = "__assert_fail", .meaning = "a failed assertion", .returns = false},
    {.name = "_tzset_js", .meaning = "the time zone"},
    {.name = "tzset", .meaning = "the time zone"},
    {.name = "tzset_impl", .meaning = "the time zone"},
    {.name = "_localtime_js", .meaning = "local time"},
    {.name = "localtime_r", .meaning = "local time"},
    {.name = "_gmtime_js", .meaning = "calendar time"},
    {.name = "gmtime_r", .meaning = "calendar time"},
    {.name = "_mktime_js", .meaning = "calendar time"},
    {.name = "_timegm_js", .meaning = "calendar time"},
    {.name = "mktime", .meaning = "calendar time"},
    {.name = "strftime", .meaning = "time as text"},
    {.name = "strftime_l", .meaning = "time as text"},
    {.name = "time", .meaning = "time of day"},
    {.name = "gettimeofday", .meaning = "time of day"},
    {.name = "clock_gettime", .meaning = "time of a clock"},
    {.name = "getentropy", .meaning = "random bytes"},
    {.name = "_setitimer_js", .meaning = "an interval timer"},
    {.name = "_emscripten_runtime_keepalive_clear", .meaning = "allow the program to end"},
    {.name = "exit", .meaning = "end the program", .returns = false, .exits = true},
    {.name = "_exit", .meaning = "end the program", .returns = false, .exits = true},
    {.name = "getaddrinfo", .meaning = "look up a host's address"},
    {.name = "_emscripten_lookup_name", .meaning = "look up a host's address"},
    {.name = "getnameinfo", .meaning = "look up a host's name"},
    {.name = "dlopen", .meaning = "load a dynamic library"},
    {.name = "dlsym", .meaning = "a symbol of a dynamic library"},
    {.name = "_dlopen_js", .meaning = "load a dynamic library"},
    {.name = "_dlsym_js", .meaning = "a symbol of a dynamic library"},
    {.name = "pthread_create", .meaning = "start a thread"},
    {.name = "__pthread_create_js", .meaning = "start a thread"},
    {.name = "__pthread_kill_js", .meaning = "signal a thread"},
    {.name = "proc_exit", .meaning = "end the program"},
    {.name = "egl", .meaning = "EGL", .family = true},
    {.name = "SDL_", .meaning = "SDL", .family = true},
};

constexpr RuntimeFunction kWebGl{.name = "gl", .meaning = "WebGL", .family = true};
constexpr RuntimeFunction kOpenAl{.name = "al", .meaning = "OpenAL", .family = true};

constexpr bool starts_with(StrView text, StrView with) {
  return text.len >= with.len && equal({text.ptr, with.len}, with);
}

} // namespace

const RuntimeFunction *find_runtime(StrView name) {
  // glClear, alSource: a capital follows.
  bool library = name.len > 2 && name.ptr[1] == 'l' && name.ptr[2] >= 'A' && name.ptr[2] <= 'Z';
  if (library && name.ptr[0] == 'g') return &kWebGl;
  if (library && name.ptr[0] == 'a') return &kOpenAl;
  for (const RuntimeFunction &f : kRuntime)
    if (f.family ? starts_with(name, f.name) : equal(f.name, name)) return &f;
  return nullptr;
}

} // namespace mayfly::abi
