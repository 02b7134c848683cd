# The core under libFuzzer: call sequences (core_fuzz), and regions from outside that verify accepts
# (verify_fuzz). Long runs by hand:
#   build/.../core_fuzz -max_total_time=3600 -max_len=2048 SOME_DIRECTORY
set(core_probe ${CMAKE_CURRENT_BINARY_DIR}/probe_core)
file(WRITE ${core_probe}.cc "extern \"C\" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }")
execute_process(COMMAND ${MAYFLY_WASM_CXX} -fsanitize=fuzzer,address ${core_probe}.cc -o ${core_probe}
  RESULT_VARIABLE no_fuzzer OUTPUT_QUIET ERROR_QUIET)
if(NOT no_fuzzer)
  file(GLOB fuzzed_core CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/core/*.cc)
  list(FILTER fuzzed_core EXCLUDE REGEX "_test\\.cc$")
  file(GLOB core_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/*.h ${CMAKE_SOURCE_DIR}/src/core/*.h)
  foreach(name core verify)
    set(fuzzer ${CMAKE_CURRENT_BINARY_DIR}/${name}_fuzz)
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}_fuzz.cc)
    add_custom_command(OUTPUT ${fuzzer} VERBATIM
      DEPENDS ${source} ${CMAKE_CURRENT_SOURCE_DIR}/core_script.h ${fuzzed_core} ${core_headers}
      COMMAND ${MAYFLY_WASM_CXX} -std=c++23 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
              -fno-strict-aliasing -I${CMAKE_SOURCE_DIR}/src ${source} ${fuzzed_core} -o ${fuzzer}
      COMMENT "libFuzzer ${name}_fuzz")
    add_custom_target(${name}_fuzz_target ALL DEPENDS ${fuzzer})
    add_test(NAME fuzz.${name} COMMAND ${fuzzer} -runs=2500 -max_len=1024 -len_control=10 -seed=1 -timeout=20)
    set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 300)
  endforeach()
endif()
