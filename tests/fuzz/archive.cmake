# Archives as libFuzzer sees fit, in process (src/image/archive_fuzz.cc). A long run by hand:
#   build/.../archive_fuzz -max_total_time=3600 build/.../archive_corpus
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/archive_probe.cc "extern \"C\" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }")
execute_process(COMMAND ${MAYFLY_WASM_CXX} -fsanitize=fuzzer,address ${CMAKE_CURRENT_BINARY_DIR}/archive_probe.cc
  -o ${CMAKE_CURRENT_BINARY_DIR}/archive_probe RESULT_VARIABLE no_fuzzer OUTPUT_QUIET ERROR_QUIET)
if(NOT no_fuzzer)
  set(fuzzed)
  foreach(source archive archive_fuzz content directory guest_path tree)
    list(APPEND fuzzed ${CMAKE_SOURCE_DIR}/src/image/${source}.cc)
  endforeach()
  # Seeds: this directory in every format that is read.
  set(corpus ${CMAKE_CURRENT_BINARY_DIR}/archive_corpus)
  set(archive_fuzz ${CMAKE_CURRENT_BINARY_DIR}/archive_fuzz)
  add_custom_command(OUTPUT ${archive_fuzz} DEPENDS ${fuzzed} VERBATIM WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests/fuzz
    COMMAND ${CMAKE_COMMAND} -E make_directory ${corpus}
    COMMAND ${CMAKE_COMMAND} -E tar cf ${corpus}/pax.tar --format=pax CMakeLists.txt link_seeds
    COMMAND ${CMAKE_COMMAND} -E tar cf ${corpus}/gnu.tar --format=gnutar CMakeLists.txt
    COMMAND ${CMAKE_COMMAND} -E tar czf ${corpus}/tar.gz CMakeLists.txt
    COMMAND ${CMAKE_COMMAND} -E tar cf ${corpus}/tar.zst --zstd CMakeLists.txt
    COMMAND ${CMAKE_COMMAND} -E tar cf ${corpus}/a.zip --format=zip CMakeLists.txt
    COMMAND ${MAYFLY_WASM_CXX} -std=c++23 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
            -I${CMAKE_SOURCE_DIR}/src ${fuzzed} -larchive -lcrypto -lfmt -lz -o ${archive_fuzz}
    COMMENT "libFuzzer archive_fuzz")
  add_custom_target(archive_fuzz_target ALL DEPENDS ${archive_fuzz})
  add_test(NAME fuzz.archive COMMAND ${archive_fuzz} -runs=20000 -max_len=16384 -seed=1 -timeout=10 -rss_limit_mb=2048 ${corpus})
  set_tests_properties(fuzz.archive PROPERTIES TIMEOUT 300)
endif()
