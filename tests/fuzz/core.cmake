# The core under libFuzzer: call sequences (core_fuzz), and regions from outside that verify accepts (verify_fuzz).
# Long runs by hand:
#   build/.../core_fuzz -max_total_time=3600 -max_len=2048 build/.../core_corpus
file(GLOB fuzzed_core CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/core/*.cc)
list(FILTER fuzzed_core EXCLUDE REGEX "_test\\.cc$")
set(core_runs 30000)
set(verify_runs 10000) # each starts from a whole region, and is slower
foreach(name core verify)
  mayfly_fuzzer(${name} SOURCES ${CMAKE_CURRENT_LIST_DIR}/${name}_fuzz.cc ${fuzzed_core}
    SEEDS 400 2048 RUN -runs=${${name}_runs} -max_len=2048 -timeout=20)
endforeach()
