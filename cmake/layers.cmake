# The wasm layers: C++ of src/layer, src/core and src/abi compiled for wasm32 by clang and
# linked position-independent (docs/layer-contract.md), then embedded in the tool as bytes.
# The compiler is needed to build mayfly, not to use it.
find_program(MAYFLY_WASM_CXX NAMES clang++-19 REQUIRED)
find_program(MAYFLY_WASM_LD NAMES wasm-ld-19 REQUIRED)
find_program(MAYFLY_WASM_OPT NAMES wasm-opt REQUIRED) # its locals are better than LLVM's: a layer loses 5 % of its code

# Of the functions with one caller only small ones are inlined (-ocimfs, in nodes): a busy function that has its rare
# parts in it is slower.
# Flattening takes the code apart as far as it goes; what -Oz then puts together is 1 % smaller than from what LLVM wrote.
set(MAYFLY_WASM_OPT_FLAGS -Oz --flatten --rereloop -Oz -Oz -ocimfs 80 -g --enable-bulk-memory --enable-mutable-globals)

set(MAYFLY_WASM_FLAGS --target=wasm32-wasi -std=c++23 -fPIC -fvisibility=hidden -mcpu=mvp
    -mbulk-memory -mmutable-globals -ffreestanding -nostdlib -nostdinc++ -fno-exceptions -fno-rtti -flto
    -fno-strict-aliasing -fno-threadsafe-statics -fno-asynchronous-unwind-tables -Wall -Wextra -I${CMAKE_SOURCE_DIR}/src)

# A pack carries this code: what moves bytes and walks paths is compiled for speed, what else runs at many calls for
# size without giving up speed (-Os), the rest for size alone.
set(MAYFLY_WASM_HOT "core/(path|pages|io|dir|open)\\.cc|wasi_p1/(data|directory|descriptor|path)\\.cc|layer/|trace/(trace|descriptors)\\.cc")
set(MAYFLY_WASM_WARM "core/(tree|alloc|fd_table)\\.cc")

# mayfly_layer(NAME OUTPUT SOURCES... [DEFINES ...]) compiles one position-independent layer module.
function(mayfly_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEFINES" ${ARGN})
  set(objects)
  set(dir ${CMAKE_BINARY_DIR}/layers/${name})
  file(MAKE_DIRECTORY ${dir})
  foreach(source ${arg_SOURCES})
    string(REPLACE "/" "_" object ${source})
    set(object ${dir}/${object}.o)
    if(source MATCHES "${MAYFLY_WASM_HOT}")
      set(optimize -O2)
    elseif(source MATCHES "${MAYFLY_WASM_WARM}")
      set(optimize -Os)
    else()
      set(optimize -Oz)
    endif()
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${MAYFLY_WASM_CXX} ${MAYFLY_WASM_FLAGS} ${optimize} ${arg_DEFINES} -MD -MF ${object}.d -c
              ${CMAKE_SOURCE_DIR}/${source} -o ${object}
      DEPENDS ${CMAKE_SOURCE_DIR}/${source} DEPFILE ${object}.d VERBATIM
      COMMENT "wasm32 ${name}: ${source}")
    list(APPEND objects ${object})
  endforeach()
  add_custom_command(OUTPUT ${dir}/${name}.wasm
    COMMAND ${MAYFLY_WASM_LD} --experimental-pic -shared --no-entry -O2 --lto-O2 --gc-sections -o ${dir}/${name}.linked.wasm
            ${objects}
    COMMAND ${MAYFLY_WASM_OPT} ${MAYFLY_WASM_OPT_FLAGS} ${dir}/${name}.linked.wasm -o ${dir}/${name}.wasm
    DEPENDS ${objects} VERBATIM COMMENT "wasm-ld ${name}.wasm")
  # The bytes as an assembler include: no generated megabytes of C.
  file(WRITE ${dir}/${name}.S.in "\
    .section .rodata\n    .global mayfly_layer_${name}_begin\n    .global mayfly_layer_${name}_end\n\
    .balign 16\nmayfly_layer_${name}_begin:\n    .incbin \"${dir}/${name}.wasm\"\nmayfly_layer_${name}_end:\n\
    .section .note.GNU-stack,\"\",@progbits\n")
  configure_file(${dir}/${name}.S.in ${dir}/${name}.S COPYONLY)
  set_source_files_properties(${dir}/${name}.S PROPERTIES OBJECT_DEPENDS ${dir}/${name}.wasm)
  set(MAYFLY_LAYER_OBJECTS ${MAYFLY_LAYER_OBJECTS} ${dir}/${name}.S PARENT_SCOPE)
endfunction()

enable_language(ASM)
set(MAYFLY_LAYER_OBJECTS)
file(GLOB core_wasm CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} src/core/*.cc)
list(FILTER core_wasm EXCLUDE REGEX "_(test|native|fuzz|perftest)\\.cc$")
file(GLOB p1_wasm CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} src/abi/wasi_p1/*.cc)
list(FILTER p1_wasm EXCLUDE REGEX "_(test|native|fuzz|perftest)\\.cc$")
file(GLOB layer_wasm CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} src/layer/vfs_*.cc)
if(layer_wasm)
  set(vfs_wasm ${core_wasm} ${p1_wasm} ${layer_wasm})
  mayfly_layer(vfs SOURCES ${vfs_wasm})
  # The same with less in it (core/build.h), for packs that cannot use the rest.
  mayfly_layer(vfs_root SOURCES ${vfs_wasm} DEFINES -DMAYFLY_WITHOUT_USERS -DMAYFLY_WITHOUT_HOST_DIRS)
  list(TRANSFORM vfs_wasm REPLACE "core/(alloc|pages)\\.cc" "core/read_only/\\1.cc")
  mayfly_layer(vfs_read_only SOURCES ${vfs_wasm} DEFINES -DMAYFLY_WITHOUT_WRITES -DMAYFLY_WITHOUT_USERS -DMAYFLY_WITHOUT_HOST_DIRS)
endif()

file(GLOB trace_wasm CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} src/trace/*.cc)
list(FILTER trace_wasm EXCLUDE REGEX "_(test|native|fuzz|perftest)\\.cc$")
mayfly_layer(trace SOURCES ${trace_wasm})

if(MAYFLY_LAYER_OBJECTS)
  add_library(mayfly_layers STATIC ${MAYFLY_LAYER_OBJECTS})
else()
  add_library(mayfly_layers INTERFACE)
endif()
