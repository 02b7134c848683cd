# Any bytes as a module, component or glue for inspect, in process (src/inspect/inspect_fuzz.cc). A long run by hand:
#   build/.../inspect_fuzz -max_total_time=3600 build/.../inspect_corpus
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/inspect_probe.cc "extern \"C\" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }")
execute_process(COMMAND ${MAYFLY_WASM_CXX} -fsanitize=fuzzer,address ${CMAKE_CURRENT_BINARY_DIR}/inspect_probe.cc
  -o ${CMAKE_CURRENT_BINARY_DIR}/inspect_probe RESULT_VARIABLE no_fuzzer OUTPUT_QUIET ERROR_QUIET)
if(TARGET mayfly AND NOT no_fuzzer)
  set(layer ${CMAKE_BINARY_DIR}/layers/vfs/vfs.wasm) # a module to start from
  file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/inspect/*.cc ${CMAKE_SOURCE_DIR}/src/wasm/*.cc ${CMAKE_SOURCE_DIR}/src/abi/*.cc
       ${CMAKE_SOURCE_DIR}/src/core/*.cc)
  list(FILTER fuzzed EXCLUDE REGEX "_(test|wasm|perftest)\\.cc$")
  set(corpus ${CMAKE_CURRENT_BINARY_DIR}/inspect_corpus)
  set(inspect_fuzz ${CMAKE_CURRENT_BINARY_DIR}/inspect_fuzz)
  add_custom_command(OUTPUT ${inspect_fuzz} DEPENDS ${fuzzed} ${layer} VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${corpus}
    COMMAND ${CMAKE_COMMAND} -E copy ${layer} ${CMAKE_CURRENT_SOURCE_DIR}/inspect_glue.js ${corpus}
    COMMAND ${MAYFLY_WASM_CXX} -std=c++23 -O1 -g1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -fno-sanitize=function
            -fno-strict-aliasing -DMAYFLY_VERSION="fuzz" -DMAYFLY_PAGE_DIR="${CMAKE_SOURCE_DIR}/src/inspect/page" -I${CMAKE_SOURCE_DIR}/src
            ${fuzzed} -o ${inspect_fuzz}
    COMMENT "libFuzzer inspect_fuzz")
  add_custom_target(inspect_fuzz_target ALL DEPENDS ${inspect_fuzz})
  add_test(NAME fuzz.inspect COMMAND ${inspect_fuzz} -runs=5000 -max_len=65536 -seed=1 -timeout=20 -rss_limit_mb=2500 ${corpus})
  set_tests_properties(fuzz.inspect PROPERTIES TIMEOUT 300)
endif()
