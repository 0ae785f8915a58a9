# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where (docs/kit.md). Components, which are Debian's packages, too: tools, dev
# (from a host build), hypervisor (from an arm64 build). Nothing in a kit knows its prefix, so it can be moved.
# Nothing but these components is installed by default: neither do all targets have to be built.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
  # The image, as boot loaders take it, and its symbols.
  install(FILES "${CMAKE_BINARY_DIR}/isthmus" "${CMAKE_BINARY_DIR}/isthmus.elf"
    DESTINATION lib/isthmus COMPONENT hypervisor)
  return()
endif()

install(TARGETS isthmus RUNTIME DESTINATION bin COMPONENT tools)
install(FILES docs/isthmus.1 DESTINATION share/man/man1 COMPONENT tools)
install(FILES tools/completion.bash DESTINATION share/bash-completion/completions RENAME isthmus COMPONENT tools)
install(DIRECTORY boards/ DESTINATION share/isthmus/boards COMPONENT tools)

include(CMakePackageConfigHelpers)
set(kit "${CMAKE_BINARY_DIR}/generated/kit")
configure_file(cmake/isthmus-guest.pc.in "${kit}/isthmus-guest.pc" @ONLY)
configure_file(cmake/IsthmusGuestConfig.cmake "${kit}/IsthmusGuestConfig.cmake" COPYONLY)
write_basic_package_version_file("${kit}/IsthmusGuestConfigVersion.cmake" VERSION "${PROJECT_VERSION}"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
file(GLOB headers_guest CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/include/isthmus_guest/*.h"
  "${CMAKE_SOURCE_DIR}/include/isthmus_guest/*.hpp")
install(FILES ${headers_guest} DESTINATION include/isthmus_guest COMPONENT dev)
install(FILES "${kit}/isthmus-guest.pc" DESTINATION share/pkgconfig COMPONENT dev)
install(FILES "${kit}/IsthmusGuestConfig.cmake" "${kit}/IsthmusGuestConfigVersion.cmake"
  DESTINATION share/cmake/IsthmusGuest COMPONENT dev)
install(DIRECTORY examples/ DESTINATION share/doc/isthmus-dev/examples COMPONENT dev USE_SOURCE_PERMISSIONS)
