# The WASI front end and the core under libFuzzer: arbitrary call sequences, then verify. A long run by hand:
#   build/.../wasi_p1_fuzz -max_total_time=3600 -max_len=1024 -len_control=10 SOME_DIRECTORY
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/probe_p1.cc "extern \"C\" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }")
execute_process(COMMAND ${MAYFLY_WASM_CXX} -fsanitize=fuzzer,address ${CMAKE_CURRENT_BINARY_DIR}/probe_p1.cc
  -o ${CMAKE_CURRENT_BINARY_DIR}/probe_p1 RESULT_VARIABLE no_fuzzer OUTPUT_QUIET ERROR_QUIET)
if(NOT no_fuzzer)
  file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/core/*.cc ${CMAKE_SOURCE_DIR}/src/abi/wasi_p1/*.cc)
  list(FILTER fuzzed EXCLUDE REGEX "_test\\.cc$")
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/*.h ${CMAKE_SOURCE_DIR}/src/core/*.h
    ${CMAKE_SOURCE_DIR}/src/abi/wasi_p1/*.h)
  set(wasi_p1_fuzz ${CMAKE_CURRENT_BINARY_DIR}/wasi_p1_fuzz)
  add_custom_command(OUTPUT ${wasi_p1_fuzz} DEPENDS ${fuzzed} ${headers} VERBATIM
    COMMAND ${MAYFLY_WASM_CXX} -std=c++23 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
            -fno-strict-aliasing -I${CMAKE_SOURCE_DIR}/src ${fuzzed} -o ${wasi_p1_fuzz}
    COMMENT "libFuzzer wasi_p1_fuzz")
  add_custom_target(wasi_p1_fuzz_target ALL DEPENDS ${wasi_p1_fuzz})
  add_test(NAME fuzz.wasi_p1 COMMAND ${wasi_p1_fuzz} -runs=30000 -max_len=1024 -len_control=10 -seed=1 -timeout=20)
  set_tests_properties(fuzz.wasi_p1 PROPERTIES TIMEOUT 300)
endif()
