# What is installed, by cmake --install and in the packages of cpack -G DEB or TGZ: the binary, its manual pages and
# completions, the documents and examples, the header for layers and the JavaScript host.
include(GNUInstallDirs)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs ${CMAKE_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Debian's policy wants the licence under the name "copyright".
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES ${CMAKE_SOURCE_DIR}/examples/layers/mayfly.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_SOURCE_DIR}/host-js/host.mjs DESTINATION ${CMAKE_INSTALL_DATADIR}/mayfly)

# The tool writes its own manual pages and completions.
if(TARGET mayfly AND NOT CMAKE_CROSSCOMPILING)
  set(written ${CMAKE_BINARY_DIR}/written)
  file(MAKE_DIRECTORY ${written})
  set(pages)
  set(write_pages)
  foreach(command "" pack run inspect strace completion man)
    set(page ${written}/mayfly.1)
    if(command)
      set(page ${written}/mayfly-${command}.1)
    endif()
    list(APPEND write_pages COMMAND mayfly man ${command} > ${page})
    list(APPEND pages ${page})
  endforeach()
  add_custom_command(OUTPUT ${pages} ${written}/mayfly.bash ${written}/_mayfly ${written}/mayfly.fish
    ${write_pages}
    COMMAND mayfly completion bash > ${written}/mayfly.bash
    COMMAND mayfly completion zsh > ${written}/_mayfly
    COMMAND mayfly completion fish > ${written}/mayfly.fish
    DEPENDS mayfly COMMENT "manual pages and completions")
  add_custom_target(mayfly_written ALL DEPENDS ${pages} ${written}/mayfly.bash ${written}/_mayfly ${written}/mayfly.fish)
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${written}/mayfly.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME mayfly)
  install(FILES ${written}/_mayfly DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${written}/mayfly.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_NAME mayfly)
set(CPACK_PACKAGE_VENDOR "The Mayfly authors")
set(CPACK_PACKAGE_CONTACT "The Mayfly authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_FILE_NAME mayfly-${PROJECT_VERSION}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES TRUE)
# The .tar.gz is for every Linux of this processor: it has the static command in place of the other one, and not the
# pack library, which is for the compilers of this distribution.
if(TARGET mayfly_static)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/cpack.cmake @ONLY CONTENT [[
if(CPACK_GENERATOR STREQUAL TGZ)
  set(CPACK_INSTALL_CMAKE_PROJECTS "@CMAKE_BINARY_DIR@;mayfly;Unspecified;/;@CMAKE_BINARY_DIR@;mayfly;static_command;/")
endif()
]])
  set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_BINARY_DIR}/generated/cpack.cmake)
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nodejs, binaryen")
include(CPack)
