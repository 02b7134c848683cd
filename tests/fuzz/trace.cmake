# The trace layer under libFuzzer: any functions, arguments and memory. A long run by hand:
#   build/.../trace_fuzz -max_total_time=3600 -max_len=512 build/.../trace_corpus
file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/trace/*.cc ${CMAKE_SOURCE_DIR}/src/core/*.cc
  ${CMAKE_SOURCE_DIR}/src/abi/*.cc)
list(FILTER fuzzed EXCLUDE REGEX "(_test|/link_native|/filter_native|/add_memory_native)\\.cc$")
list(APPEND fuzzed ${CMAKE_SOURCE_DIR}/src/abi/wasi_p1/below_native.cc)
mayfly_fuzzer(trace SOURCES ${fuzzed} SEEDS 200 512 RUN -runs=8000 -max_len=512 -timeout=20)
