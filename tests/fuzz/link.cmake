# The linker under mutation. link_mutate (any compiler): real modules, outputs judged by wasm-validate.
# link_fuzz (libFuzzer of clang 19): arbitrary bytes, in process. A long run by hand:
#   build/.../link_fuzz -max_total_time=3600 build/.../link_corpus
set(test_layer ${CMAKE_BINARY_DIR}/layers/linktest/linktest)
set(seeds)
file(GLOB seed_texts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/link_seeds/*.wat ${CMAKE_CURRENT_SOURCE_DIR}/link_layers/*.wat)
set(user_layers)
find_program(WAT2WASM wat2wasm REQUIRED)
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

file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/parallel.cc ${CMAKE_SOURCE_DIR}/src/wasm/*.cc
  ${CMAKE_SOURCE_DIR}/src/link/*.cc)
list(FILTER fuzzed EXCLUDE REGEX "_test\\.cc$")
configure_file(${CMAKE_CURRENT_LIST_DIR}/link_corpus.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/link_corpus.cmake @ONLY)
mayfly_fuzzer(link SOURCES ${fuzzed} DEPENDS ${test_layer}.wasm ${seeds} ${user_layers} ${CMAKE_CURRENT_BINARY_DIR}/link_corpus.cmake
  FLAGS -DMAYFLY_VERSION="fuzz" LIBRARIES ${test_layer}.S
  CORPUS COMMAND ${CMAKE_COMMAND} -P ${CMAKE_CURRENT_BINARY_DIR}/link_corpus.cmake
  RUN -runs=60000 -max_len=8000 -timeout=10)
