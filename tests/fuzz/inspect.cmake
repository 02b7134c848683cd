# Any bytes as a module, component or glue for inspect, in process (src/inspect/inspect_fuzz.cc). A long run by hand:
#   build/.../inspect_fuzz -max_total_time=3600 build/.../inspect_corpus
set(layer ${CMAKE_BINARY_DIR}/layers/vfs/vfs.wasm) # a module to start from
file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/parallel.cc ${CMAKE_SOURCE_DIR}/src/inspect/*.cc
     ${CMAKE_SOURCE_DIR}/src/wasm/*.cc ${CMAKE_SOURCE_DIR}/src/abi/*.cc ${CMAKE_SOURCE_DIR}/src/core/*.cc)
list(FILTER fuzzed EXCLUDE REGEX "_(test|wasm|perftest)\\.cc$")
mayfly_fuzzer(inspect SOURCES ${fuzzed} DEPENDS ${layer}
  FLAGS -fno-sanitize=function -DMAYFLY_VERSION="fuzz" -DMAYFLY_PAGE_DIR="${CMAKE_SOURCE_DIR}/src/inspect/page"
  CORPUS COMMAND ${CMAKE_COMMAND} -E copy ${layer} ${CMAKE_CURRENT_LIST_DIR}/inspect_glue.js ${CMAKE_CURRENT_BINARY_DIR}/inspect_corpus
  RUN -runs=5000 -max_len=65536 -timeout=20 -rss_limit_mb=2500)
