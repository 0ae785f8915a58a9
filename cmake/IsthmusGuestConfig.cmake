# SPDX-License-Identifier: Apache-2.0
# find_package(IsthmusGuest): the target Isthmus::guest, headers alone, for any compiler.
if(NOT TARGET Isthmus::guest)
  add_library(Isthmus::guest INTERFACE IMPORTED)
  get_filename_component(isthmus_guest_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  set_target_properties(Isthmus::guest PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${isthmus_guest_prefix}/include")
  unset(isthmus_guest_prefix)
endif()
