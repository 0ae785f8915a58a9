// SPDX-License-Identifier: Apache-2.0
// The first tables, through which every CPU passes (boot_map.cpp, boot_tables.hpp).
#pragma once

#include "isthmus/range.hpp"

namespace isthmus::arch {

/// Shows a device's registers in the boot map, as far as its first 2 MiB go: before the lasting map
/// stands, or where it never will. One at a time. The lasting map shows it at the same place.
HypAddress map_device_in_boot_map(HostRange registers);
/// Shows the arena (arch::show_arena) where the lasting map will never stand.
HypAddress map_arena_in_boot_map(HostRange blocks);
/// That device; empty before.
HostRange device_in_boot_map();

}  // namespace isthmus::arch
