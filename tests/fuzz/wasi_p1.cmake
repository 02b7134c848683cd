# The WASI front end and the core under libFuzzer: arbitrary call sequences, then verify. A long run by hand:
#   build/.../wasi_p1_fuzz -max_total_time=3600 -max_len=1024 build/.../wasi_p1_corpus
file(GLOB fuzzed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/core/*.cc ${CMAKE_SOURCE_DIR}/src/abi/wasi_p1/*.cc)
list(FILTER fuzzed EXCLUDE REGEX "_test\\.cc$")
mayfly_fuzzer(wasi_p1 SOURCES ${fuzzed} SEEDS 400 1024 RUN -runs=30000 -max_len=1024 -timeout=20)
