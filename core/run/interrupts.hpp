// SPDX-License-Identifier: Apache-2.0
// Interrupts of the machine: which are Isthmus's own, and which numbers guests know them by.
#pragma once

#include "fdt/host_description.hpp"

namespace isthmus::core {

inline constexpr u32 guest_virtual_timer = 27;   ///< PPI 11
inline constexpr u32 guest_physical_timer = 30;  ///< PPI 14

struct PerCpu;
struct SoftTimer;

/// What SoftTimers call when they are due.
void fire_physical_timer(SoftTimer& timer, void* vcpu);
void fire_virtual_timer(SoftTimer& timer, void* vcpu);
void fire_console(SoftTimer& timer, void* vcpu);
void fire_slice_end(SoftTimer& timer, void* per_cpu);

/// The console's UART interrupts this CPU (the boot CPU) from now on.
void connect_console(const fdt::HostDescription& host);

}  // namespace isthmus::core
