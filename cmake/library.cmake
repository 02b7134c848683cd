# libmayfly-pack: what src/pack needs of src/, as one archive with one header (src/pack/pack.h). Other projects find it
# through CMake (find_package(mayfly-pack), target mayfly::pack) or pkg-config (mayfly-pack).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(mayfly-pack STATIC)
foreach(room base core abi abi_wasi_p1 wasm link inspect image pack layers)
  get_target_property(type mayfly_${room} TYPE)
  if(type STREQUAL STATIC_LIBRARY)
    target_sources(mayfly-pack PRIVATE $<TARGET_OBJECTS:mayfly_${room}>)
  endif()
endforeach()
set_target_properties(mayfly-pack PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME pack)
target_compile_features(mayfly-pack INTERFACE cxx_std_23)
target_link_libraries(mayfly-pack INTERFACE Threads::Threads)
target_include_directories(mayfly-pack INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

install(TARGETS mayfly-pack EXPORT mayfly-pack ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(FILES src/pack/pack.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mayfly COMPONENT library)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mayfly-pack)
install(EXPORT mayfly-pack FILE mayfly-pack-targets.cmake NAMESPACE mayfly:: DESTINATION ${package_dir} COMPONENT library)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/mayfly-pack-config.cmake @ONLY CONTENT [[
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/mayfly-pack-targets.cmake")
]])
write_basic_package_version_file(${CMAKE_BINARY_DIR}/generated/mayfly-pack-config-version.cmake
  COMPATIBILITY SameMinorVersion)

# The directory of the .pc file tells where the rest is, so that an installation can be moved.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/mayfly-pack.pc @ONLY CONTENT
"prefix=\${pcfiledir}/@prefix_from_pc@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: mayfly-pack
Description: Puts a filesystem of its own into a WebAssembly module
Version: @PROJECT_VERSION@
Libs: -L\${libdir} -lmayfly-pack -pthread
Cflags: -I\${includedir}
")
install(FILES ${CMAKE_BINARY_DIR}/generated/mayfly-pack.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT library)
install(FILES ${CMAKE_BINARY_DIR}/generated/mayfly-pack-config.cmake
  ${CMAKE_BINARY_DIR}/generated/mayfly-pack-config-version.cmake DESTINATION ${package_dir} COMPONENT library)
