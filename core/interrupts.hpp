// SPDX-License-Identifier: Apache-2.0
// Interrupts of the machine: which are Isthmus's own, and which numbers guests know them by.
#pragma once

#include "fdt/host_description.hpp"

namespace isthmus::core {

inline constexpr u32 guest_virtual_timer = 27;   ///< PPI 11
inline constexpr u32 guest_physical_timer = 30;  ///< PPI 14

/// The console's UART interrupts this CPU (the boot CPU) from now on.
void connect_console(const fdt::HostDescription& host);

}  // namespace isthmus::core
