# Archives as libFuzzer sees fit, in process (src/sources/archive_fuzz.cc). A long run by hand:
#   build/.../archive_fuzz -max_total_time=3600 build/.../archive_corpus
set(fuzzed)
foreach(source sources/archive sources/archive_fuzz sources/directory pack/tree_sink image/builder image/content image/guest_path
               image/sha256 image/tree)
  list(APPEND fuzzed ${CMAKE_SOURCE_DIR}/src/${source}.cc)
endforeach()
# Seeds: this directory in every format that is read.
set(corpus ${CMAKE_CURRENT_BINARY_DIR}/archive_corpus)
set(tar COMMAND ${CMAKE_COMMAND} -E tar)
mayfly_fuzzer(archive SOURCES ${fuzzed} LIBRARIES -larchive -lfmt -lz
  CORPUS ${tar} cf ${corpus}/pax.tar --format=pax CMakeLists.txt link_seeds
    ${tar} cf ${corpus}/gnu.tar --format=gnutar CMakeLists.txt
    ${tar} czf ${corpus}/tar.gz CMakeLists.txt
    ${tar} cf ${corpus}/tar.zst --zstd CMakeLists.txt
    ${tar} cf ${corpus}/a.zip --format=zip CMakeLists.txt
  RUN -runs=20000 -max_len=16384 -timeout=10 -rss_limit_mb=2048)
