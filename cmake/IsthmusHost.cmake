# SPDX-License-Identifier: Apache-2.0
# What runs on the developer's machine: the host program, and the tests of every room. The pure
# rooms are libraries here; a room links only what it may include.
option(ISTHMUS_TESTS "Build unit and property tests" ON)
option(ISTHMUS_FUZZ "Build the libFuzzer targets (clang)" OFF)
option(ISTHMUS_COVERAGE "Instrument for gcov" OFF)
set(ISTHMUS_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")

find_path(LIBFDT_INCLUDE libfdt.h REQUIRED)
find_library(LIBFDT_LIBRARY fdt REQUIRED)

add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-fno-omit-frame-pointer)
# The thread-safety attributes are clang's; g++ only has to pass over them.
add_compile_options($<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-attributes>)
if(ISTHMUS_SANITIZE)
  add_compile_options(-fsanitize=${ISTHMUS_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ISTHMUS_SANITIZE})
endif()
if(ISTHMUS_SANITIZE STREQUAL "thread")
  # It does not know fences. Races are found by stores with release and loads with acquire.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
if(ISTHMUS_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
if(ISTHMUS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The files of one folder are compiled as one here: their headers are read once, which is most of the time. So what is
# local to a file has a name of its own in its folder. (The image's files are compiled one by one.)
function(isthmus_compile_folders_as_one target)
  get_target_property(sources ${target} SOURCES)
  # Each file of explain is one table, all under one name.
  list(FILTER sources EXCLUDE REGEX "/tools/explain/")
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${folder}")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${folder}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_link_libraries(${target} PRIVATE isthmus_names_of_a_folder)
endfunction()

# A local name may be that of another file's constant. A library, so that it comes behind the warnings that it takes back.
add_library(isthmus_names_of_a_folder INTERFACE)
target_compile_options(isthmus_names_of_a_folder INTERFACE -Wno-shadow)

# isthmus_room(NAME folder sources... LINKS other rooms...)
function(isthmus_room name)
  cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "" "SOURCES;LINKS")
  add_library(isthmus_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(isthmus_${name} PUBLIC "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/include")
  target_link_libraries(isthmus_${name} PUBLIC ${ROOM_LINKS} PRIVATE isthmus_warnings)
  isthmus_compile_folders_as_one(isthmus_${name})
endfunction()

isthmus_room(include SOURCES ${sources_include})
isthmus_room(fdt SOURCES ${sources_fdt} LINKS isthmus_include ${LIBFDT_LIBRARY})
target_include_directories(isthmus_fdt SYSTEM PRIVATE "${LIBFDT_INCLUDE}")
isthmus_room(mm SOURCES ${sources_mm} LINKS isthmus_include)
isthmus_room(shm SOURCES ${sources_shm} LINKS isthmus_fdt isthmus_mm)
isthmus_room(dom0less SOURCES ${sources_dom0less} LINKS isthmus_shm)

# The EFI loader without its way in: tests bring a firmware of their own.
list(REMOVE_ITEM sources_efi "${CMAKE_SOURCE_DIR}/efi/main.cpp")
isthmus_room(efi SOURCES ${sources_efi} LINKS isthmus_dom0less)

# core runs here on the tests' own machine (tests/unit/support/fake_machine.hpp); of the architecture
# what holds no assembler.
file(GLOB sources_arch_host CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/arch/arm64/cpu/esr.cpp"
  "${CMAKE_SOURCE_DIR}/arch/arm64/cpu/debug_registers.cpp"
  "${CMAKE_SOURCE_DIR}/arch/arm64/guest/id_fields.cpp" "${CMAKE_SOURCE_DIR}/arch/arm64/guest/load_store.cpp"
  "${CMAKE_SOURCE_DIR}/arch/arm64/cpu/speculation.cpp"
  "${CMAKE_SOURCE_DIR}/arch/arm64/guest/sysreg_names.cpp"
  "${CMAKE_SOURCE_DIR}/arch/arm64/guest/taken_exception.cpp"
  "${CMAKE_SOURCE_DIR}/arch/arm64/smmu/*.cpp")
list(REMOVE_ITEM sources_arch_host "${CMAKE_SOURCE_DIR}/arch/arm64/smmu/smmu.cpp"
  "${CMAKE_SOURCE_DIR}/arch/arm64/smmu/access.cpp")
# Drivers that only list themselves: a library would leave them out, so programs take the objects.
file(GLOB sources_uart CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/arch/arm64/uart/*.cpp")
list(REMOVE_ITEM sources_uart "${CMAKE_SOURCE_DIR}/arch/arm64/uart/registers.cpp"
  "${CMAKE_SOURCE_DIR}/arch/arm64/uart/console.cpp")
add_library(isthmus_uart OBJECT ${sources_uart})
target_link_libraries(isthmus_uart PUBLIC isthmus_include PRIVATE isthmus_warnings)
isthmus_room(arch LINKS isthmus_dom0less SOURCES ${sources_arch_host})
isthmus_room(core SOURCES ${sources_core} LINKS isthmus_arch)
target_compile_definitions(isthmus_core PRIVATE ISTHMUS_FAULT_INJECTION=0 ISTHMUS_EARLYCON="")

file(GLOB_RECURSE sources_tools CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tools/*.cpp")
set(sources_program "${CMAKE_SOURCE_DIR}/tools/main.cpp" "${CMAKE_SOURCE_DIR}/tools/panic.cpp")
list(REMOVE_ITEM sources_tools ${sources_program})
isthmus_room(tools SOURCES ${sources_tools} LINKS isthmus_dom0less)
add_executable(isthmus ${sources_program})
target_link_libraries(isthmus PRIVATE isthmus_tools isthmus_warnings)
set_target_properties(isthmus PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

enable_testing()
if(ISTHMUS_TESTS)
  add_subdirectory(tests/unit)
endif()
if(ISTHMUS_FUZZ)
  add_subdirectory(tests/fuzz)
endif()
