# The trace layer under libFuzzer: any functions, arguments and memory. A long run by hand:
#   build/.../trace_fuzz -max_total_time=3600 -max_len=512 SOME_DIRECTORY
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/probe_trace.cc "extern \"C\" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }")
execute_process(COMMAND ${MAYFLY_WASM_CXX} -fsanitize=fuzzer,address ${CMAKE_CURRENT_BINARY_DIR}/probe_trace.cc
  -o ${CMAKE_CURRENT_BINARY_DIR}/probe_trace RESULT_VARIABLE no_fuzzer OUTPUT_QUIET ERROR_QUIET)
if(NOT no_fuzzer)
  file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/trace/*.cc ${CMAKE_SOURCE_DIR}/src/core/*.cc
    ${CMAKE_SOURCE_DIR}/src/abi/*.cc)
  list(FILTER fuzzed EXCLUDE REGEX "(_test|/link_native|/filter_native)\\.cc$")
  list(APPEND fuzzed ${CMAKE_SOURCE_DIR}/src/abi/wasi_p1/below_native.cc)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/*.h ${CMAKE_SOURCE_DIR}/src/core/*.h
    ${CMAKE_SOURCE_DIR}/src/abi/*.h ${CMAKE_SOURCE_DIR}/src/trace/*.h)
  set(trace_fuzz ${CMAKE_CURRENT_BINARY_DIR}/trace_fuzz)
  add_custom_command(OUTPUT ${trace_fuzz} DEPENDS ${fuzzed} ${headers} VERBATIM
    COMMAND ${MAYFLY_WASM_CXX} -std=c++23 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
            -fno-strict-aliasing -I${CMAKE_SOURCE_DIR}/src ${fuzzed} -o ${trace_fuzz}
    COMMENT "libFuzzer trace_fuzz")
  add_custom_target(trace_fuzz_target ALL DEPENDS ${trace_fuzz})
  add_test(NAME fuzz.trace COMMAND ${trace_fuzz} -runs=8000 -max_len=512 -seed=1 -timeout=20)
  set_tests_properties(fuzz.trace PROPERTIES TIMEOUT 300)
endif()
