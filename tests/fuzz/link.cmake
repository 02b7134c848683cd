# The linker under mutation. link_mutate (any compiler): real modules, outputs judged by wasm-validate.
# link_fuzz (libFuzzer of clang 19, where it is installed): arbitrary bytes, in process. A long run by hand:
#   build/.../link_fuzz -max_total_time=3600 build/.../link_corpus
set(test_layer ${CMAKE_BINARY_DIR}/layers/linktest/linktest)
set(seeds)
file(GLOB seed_texts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/link_seeds/*.wat ${CMAKE_CURRENT_SOURCE_DIR}/link_layers/*.wat)
set(user_layers)
find_program(WAT2WASM wat2wasm)
if(TARGET link_test AND WAT2WASM)
  foreach(text ${seed_texts})
    get_filename_component(name ${text} NAME_WE)
    set(seed ${CMAKE_CURRENT_BINARY_DIR}/${name}.wasm)
    add_custom_command(OUTPUT ${seed} DEPENDS ${text} VERBATIM
      COMMAND ${WAT2WASM} --enable-exceptions --enable-tail-call --enable-multi-memory --debug-names ${text} -o ${seed})
    if(name MATCHES "^layer_")
      list(APPEND user_layers ${seed})
    else()
      list(APPEND seeds ${seed})
    endif()
  endforeach()
  add_custom_target(link_seeds ALL DEPENDS ${seeds} ${user_layers})

  add_executable(link_mutate ${CMAKE_CURRENT_SOURCE_DIR}/link_mutate.cc ${test_layer}.S)
  target_link_libraries(link_mutate PRIVATE mayfly_link mayfly_inspect)
  add_dependencies(link_mutate link_seeds link_test)
  add_test(NAME fuzz.link_mutate COMMAND link_mutate --count 3000 --scratch ${CMAKE_CURRENT_BINARY_DIR}/mutant ${seeds}
    --layers ${user_layers})
  set_tests_properties(fuzz.link_mutate PROPERTIES TIMEOUT 300)

  # libFuzzer's runtime is a package of its own: look whether it is there.
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/probe.cc "extern \"C\" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }")
  execute_process(COMMAND ${MAYFLY_WASM_CXX} -fsanitize=fuzzer,address ${CMAKE_CURRENT_BINARY_DIR}/probe.cc
    -o ${CMAKE_CURRENT_BINARY_DIR}/probe RESULT_VARIABLE no_fuzzer OUTPUT_QUIET ERROR_QUIET)
  if(NOT no_fuzzer)
    file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/wasm/*.cc ${CMAKE_SOURCE_DIR}/src/link/*.cc)
    list(FILTER fuzzed EXCLUDE REGEX "_test\\.cc$")
    set(link_fuzz ${CMAKE_CURRENT_BINARY_DIR}/link_fuzz)
    set(corpus ${CMAKE_CURRENT_BINARY_DIR}/link_corpus)
    add_custom_command(OUTPUT ${link_fuzz} DEPENDS ${fuzzed} ${test_layer}.wasm ${seeds} ${user_layers} VERBATIM
      COMMAND ${CMAKE_COMMAND} -E make_directory ${corpus}
      # The first byte of an input chooses options; the magic number's zero byte would do, so seeds get a blank.
      COMMAND ${CMAKE_COMMAND} -D OUT=${corpus} "-DSEEDS=${seeds}" "-DUSER_LAYERS=${user_layers}" -DLAYER=${test_layer}.wasm -P ${CMAKE_CURRENT_SOURCE_DIR}/link_corpus.cmake.in
      COMMAND ${MAYFLY_WASM_CXX} -std=c++23 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
              -DMAYFLY_VERSION="fuzz" -I${CMAKE_SOURCE_DIR}/src ${fuzzed} ${test_layer}.S -o ${link_fuzz}
      COMMENT "libFuzzer link_fuzz")
    add_custom_target(link_fuzz_target ALL DEPENDS ${link_fuzz})
    add_test(NAME fuzz.link COMMAND ${link_fuzz} -runs=60000 -max_len=8000 -seed=1 -timeout=10 ${corpus})
    set_tests_properties(fuzz.link PROPERTIES TIMEOUT 300)
  endif()
endif()
