# SPDX-License-Identifier: Apache-2.0
# The hypervisor: build/<preset>/isthmus.elf, and isthmus, the raw arm64 Image made of it.
set(packages "${CMAKE_SOURCE_DIR}/build/packages/arm64")
add_library(isthmus_libfdt INTERFACE)
target_include_directories(isthmus_libfdt SYSTEM INTERFACE "${packages}/usr/include")
target_link_libraries(isthmus_libfdt INTERFACE "${packages}/usr/lib/aarch64-linux-gnu/libfdt.a")


add_library(isthmus_freestanding INTERFACE)
target_compile_definitions(isthmus_freestanding INTERFACE _GLIBCXX_ASSERTIONS)
target_compile_options(isthmus_freestanding INTERFACE
  -O2 -g -ffreestanding -fno-pie -mgeneral-regs-only -mno-outline-atomics -mstrict-align
  -fno-omit-frame-pointer -fstack-protector-strong -mbranch-protection=bti -fno-common
  -ffunction-sections -fdata-sections
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-attributes>)

add_executable(isthmus.elf
  ${sources_include} ${sources_fdt} ${sources_mm} ${sources_shm} ${sources_dom0less}
  ${sources_core} ${sources_arch_arm64} ${sources_assembler})
target_include_directories(isthmus.elf PRIVATE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/include")
# Faults on purpose, for the tests of the audit (core/inject.hpp).
option(ISTHMUS_FAULT_INJECTION "Understand inject=KIND" OFF)
target_compile_definitions(isthmus.elf PRIVATE
  ISTHMUS_FAULT_INJECTION=$<BOOL:${ISTHMUS_FAULT_INJECTION}>)
target_link_libraries(isthmus.elf PRIVATE isthmus_freestanding isthmus_libfdt isthmus_warnings)
# Reading and planning run once: there the image's size counts for more than speed.
set_source_files_properties(${sources_include} ${sources_fdt} ${sources_shm} ${sources_dom0less}
  PROPERTIES COMPILE_OPTIONS "-Os")
# The C functions must not be turned into calls of themselves.
set_source_files_properties("${CMAKE_SOURCE_DIR}/arch/arm64/c_library.cpp" PROPERTIES
  COMPILE_OPTIONS "-fno-lto;-fno-builtin;-fno-stack-protector;$<$<CXX_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>")

# The short paths cross from arch to core and back: let g++ inline over files. (clang would need its
# own linker for that.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(isthmus.elf PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-flto -fno-fat-lto-objects>)
  target_link_options(isthmus.elf PRIVATE -flto=auto -O2)
endif()

set(linker_script "${CMAKE_SOURCE_DIR}/arch/arm64/isthmus.lds")
set_target_properties(isthmus.elf PROPERTIES LINK_DEPENDS "${linker_script}")
target_link_options(isthmus.elf PRIVATE -nostdlib -static -Wl,-T,${linker_script}
  -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,max-page-size=4096
  -Wl,--fatal-warnings $<$<CXX_COMPILER_ID:Clang>:--ld-path=aarch64-linux-gnu-ld>)
add_custom_command(TARGET isthmus.elf POST_BUILD
  COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:isthmus.elf> "${CMAKE_BINARY_DIR}/isthmus"
  BYPRODUCTS "${CMAKE_BINARY_DIR}/isthmus")
