# SPDX-License-Identifier: Apache-2.0
# The hypervisor: build/<preset>/isthmus.elf, and isthmus, the raw arm64 Image made of it.
set(packages "${CMAKE_SOURCE_DIR}/build/packages/arm64")
add_library(isthmus_libfdt INTERFACE)
target_include_directories(isthmus_libfdt SYSTEM INTERFACE "${packages}/usr/include")
target_link_libraries(isthmus_libfdt INTERFACE "${packages}/usr/lib/aarch64-linux-gnu/libfdt.a")

# A compiler makes up names (of LTO's sections and local symbols) from a number, by chance unless one is given: with the
# object's name for it two builds of the same source are the same image, bit for bit (docs/testing.md).
foreach(language C CXX)
  string(REPLACE "<FLAGS>" "<FLAGS> -frandom-seed=<OBJECT>" CMAKE_${language}_COMPILE_OBJECT
    "${CMAKE_${language}_COMPILE_OBJECT}")
endforeach()

add_library(isthmus_freestanding INTERFACE)
target_compile_definitions(isthmus_freestanding INTERFACE _GLIBCXX_ASSERTIONS)
target_compile_options(isthmus_freestanding INTERFACE
  -O2 -g -ffreestanding -fno-pie -mgeneral-regs-only -mno-outline-atomics -mstrict-align
  -fno-omit-frame-pointer -fstack-protector-strong -mbranch-protection=bti -fno-common
  -mfix-cortex-a53-835769
  -ffunction-sections -fdata-sections
  # Symbols and messages name files from the tree's top, CMake's own from the build folder's: not where that was.
  -ffile-prefix-map=${CMAKE_BINARY_DIR}=build -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-attributes>)

# The EFI loader is a program of its own inside the image (docs/efi.md), and may lie anywhere.
file(GLOB efi_machine "${CMAKE_SOURCE_DIR}/arch/arm64/efi/*.cpp")
set(efi_entry "${CMAKE_SOURCE_DIR}/arch/arm64/efi/entry.S")
list(REMOVE_ITEM sources_arch_arm64 ${efi_machine})
list(REMOVE_ITEM sources_assembler "${efi_entry}")
set(efi_script "${CMAKE_SOURCE_DIR}/arch/arm64/efi/loader.lds")
set(efi_loader "${CMAKE_BINARY_DIR}/efi_loader.bin")
set(c_library "${CMAKE_SOURCE_DIR}/arch/arm64/boot/c_library.cpp")
add_executable(efi_loader.elf ${sources_include} ${sources_fdt} ${sources_efi}
  "${CMAKE_SOURCE_DIR}/dom0less/memory/arena_place.cpp" ${c_library}
  "${CMAKE_SOURCE_DIR}/arch/arm64/boot/library_checks.cpp" ${efi_machine} "${efi_entry}")
target_include_directories(efi_loader.elf PRIVATE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/include")
add_library(isthmus_movable INTERFACE)
target_compile_options(isthmus_movable INTERFACE -Os -fpie -fvisibility=hidden)
target_link_libraries(efi_loader.elf PRIVATE isthmus_freestanding isthmus_movable isthmus_libfdt isthmus_warnings)
target_link_options(efi_loader.elf PRIVATE -nostdlib -pie -Wl,--no-dynamic-linker -Wl,-z,text -Wl,-T,${efi_script}
  -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,max-page-size=4096 -Wl,--fatal-warnings
  -Wl,--fix-cortex-a53-835769 -Wl,--fix-cortex-a53-843419=adr
  $<$<CXX_COMPILER_ID:Clang>:--ld-path=aarch64-linux-gnu-ld>)
set_target_properties(efi_loader.elf PROPERTIES LINK_DEPENDS "${efi_script}"
  RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
add_custom_command(OUTPUT "${efi_loader}" DEPENDS efi_loader.elf
  COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:efi_loader.elf> "${efi_loader}")
set_source_files_properties("${CMAKE_SOURCE_DIR}/arch/arm64/efi/image.S" PROPERTIES
  OBJECT_DEPENDS "${efi_loader}" COMPILE_DEFINITIONS "ISTHMUS_EFI_LOADER=\"${efi_loader}\"")

# All of the hypervisor but its boot story: an image is this and one story, and every image is linked
# from the same objects.
set(boot_story "${CMAKE_SOURCE_DIR}/core/boot/boot.cpp" "${CMAKE_SOURCE_DIR}/core/boot/inject.cpp")
list(REMOVE_ITEM sources_core ${boot_story})
add_library(isthmus_rooms OBJECT
  ${sources_include} ${sources_fdt} ${sources_mm} ${sources_shm} ${sources_dom0less}
  ${sources_core} ${sources_arch_arm64} ${sources_assembler})
target_include_directories(isthmus_rooms PUBLIC "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/include")
set(ISTHMUS_EARLYCON "" CACHE STRING "An early console for trees that name none, as in earlycon= (docs/silicon.md)")
target_compile_definitions(isthmus_rooms PRIVATE ISTHMUS_EARLYCON="${ISTHMUS_EARLYCON}")
target_link_libraries(isthmus_rooms PUBLIC isthmus_freestanding isthmus_libfdt isthmus_warnings)
# Reading and planning run once: there the image's size counts for more than speed.
set_source_files_properties(${sources_include} ${sources_fdt} ${sources_shm} ${sources_dom0less}
  PROPERTIES COMPILE_OPTIONS "-Os")
# clang cannot inline over files here, and its code is a tenth larger: it is the second compiler, and small.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set_source_files_properties(${sources_core} PROPERTIES COMPILE_OPTIONS "-Os")
  set_source_files_properties(${sources_include} ${sources_fdt} ${sources_shm} ${sources_dom0less}
    PROPERTIES COMPILE_OPTIONS "-Os;-moutline")
endif()
# Decompressing is the exception: it goes over a kernel twice.
file(GLOB sources_gzip CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/dom0less/kernel/gzip/*.cpp")
set_source_files_properties(${sources_gzip} PROPERTIES COMPILE_OPTIONS "-O2")
# The C functions must not be turned into calls of themselves.
set_source_files_properties("${c_library}" PROPERTIES
  COMPILE_OPTIONS "-fno-lto;-fno-builtin;-fno-stack-protector;$<$<CXX_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>")

set(linker_script "${CMAKE_SOURCE_DIR}/arch/arm64/boot/isthmus.lds")
target_link_options(isthmus_rooms INTERFACE -ffile-prefix-map=${CMAKE_BINARY_DIR}=build
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
target_link_options(isthmus_rooms INTERFACE -nostdlib -static -Wl,-T,${linker_script}
  -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,max-page-size=4096
  -Wl,--fatal-warnings $<$<CXX_COMPILER_ID:Clang>:--ld-path=aarch64-linux-gnu-ld>)
# Cortex-A53's errata 835769 and 843419. The linker looks at all code: assembler and libfdt, too, and what it
# places at the end of a page. There it makes an ADR of the ADRP, which reaches all of an image of less than 1 MiB: with
# veneers, whose room moves what comes behind them, ld 2.40 leaves such a sequence now and then.
target_link_options(isthmus_rooms INTERFACE -mfix-cortex-a53-835769 -Wl,--fix-cortex-a53-835769
  -Wl,--fix-cortex-a53-843419=adr)
# The short paths cross from arch to core and back: let g++ inline over files, in one partition: with several, which
# functions share one, and so how many instructions a short path takes, changes with every function that is added
# elsewhere. (clang would need its own linker for that.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(isthmus_rooms PUBLIC $<$<COMPILE_LANGUAGE:CXX>:-flto -fno-fat-lto-objects>)
  target_link_options(isthmus_rooms INTERFACE -flto -flto-partition=one -O2 -frandom-seed=isthmus)
endif()

# isthmus_image(name story sources...): build/<preset>/NAME.elf, and NAME, the raw Image of it.
function(isthmus_image name)
  add_executable(${name}.elf ${ARGN})
  target_link_libraries(${name}.elf PRIVATE isthmus_rooms)
  set_target_properties(${name}.elf PROPERTIES LINK_DEPENDS "${linker_script}"
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  add_custom_command(TARGET ${name}.elf POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}.elf> "${CMAKE_BINARY_DIR}/${name}"
    BYPRODUCTS "${CMAKE_BINARY_DIR}/${name}")
endfunction()

isthmus_image(isthmus ${boot_story})
target_compile_definitions(isthmus.elf PRIVATE ISTHMUS_FAULT_INJECTION=0)
# The same, with faults on purpose for the tests of the audit (core/boot/inject.hpp).
isthmus_image(isthmus-inject ${boot_story})
target_compile_definitions(isthmus-inject.elf PRIVATE ISTHMUS_FAULT_INJECTION=1)
