# A second `mayfly` that is linked without shared libraries, so that it runs on every Linux of this processor: target
# mayfly_static, build/*/static/mayfly. It needs the static variants of the libraries; where one is missing, CMake says
# so and the build does without.
include(GNUInstallDirs)
set(static_libraries)
set(missing)
foreach(library archive nettle crypto lzma zstd bz2 z) # libarchive's come behind it
  find_library(MAYFLY_STATIC_${library} NAMES lib${library}.a)
  mark_as_advanced(MAYFLY_STATIC_${library})
  if(MAYFLY_STATIC_${library})
    list(APPEND static_libraries ${MAYFLY_STATIC_${library}})
  else()
    list(APPEND missing lib${library}.a)
  endif()
endforeach()

function(mayfly_static_command)
  if(MAYFLY_SANITIZE OR NOT CMAKE_SYSTEM_NAME STREQUAL Linux)
    return()
  endif()
  if(missing)
    string(REPLACE ";" ", " text "${missing}")
    message(STATUS "No static mayfly is built, because ${text} is missing: the .tar.gz of CPack needs this machine's libraries.")
    return()
  endif()
  add_executable(mayfly_static src/cli/main.cc src/cli/main_static.cc src/cli/huge_pages.cc)
  set_target_properties(mayfly_static PROPERTIES MAYFLY_STATIC ON OUTPUT_NAME mayfly
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/static)
  target_link_options(mayfly_static PRIVATE -static-pie -Wl,--wrap=nl_langinfo)
  target_link_libraries(mayfly_static PRIVATE mayfly_cli)
  install(TARGETS mayfly_static RUNTIME DESTINATION bin COMPONENT static_command EXCLUDE_FROM_ALL)
  # The licences of what is in it, as Debian's packages have them.
  foreach(package libarchive-dev nettle-dev libssl-dev liblzma-dev libzstd-dev libbz2-dev zlib1g-dev libc6-dev g++
          libfmt-dev libcli11-dev nlohmann-json3-dev)
    if(EXISTS /usr/share/doc/${package}/copyright)
      file(REAL_PATH /usr/share/doc/${package}/copyright copyright)
      install(FILES ${copyright} DESTINATION ${CMAKE_INSTALL_DOCDIR}/third-party RENAME ${package}
        COMPONENT static_command EXCLUDE_FROM_ALL)
    endif()
  endforeach()
endfunction()

# Libraries that are linked: those of archive_libraries, or their static variants in a target with MAYFLY_STATIC.
set(is_static $<BOOL:$<TARGET_PROPERTY:MAYFLY_STATIC>>)
set(shared_choice)
foreach(library ${archive_libraries})
  list(APPEND shared_choice $<$<NOT:${is_static}>:${library}>)
endforeach()
set(static_choice)
foreach(library ${static_libraries})
  list(APPEND static_choice $<${is_static}:${library}>)
endforeach()
set(archive_libraries ${shared_choice} ${static_choice})
