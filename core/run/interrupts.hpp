// SPDX-License-Identifier: Apache-2.0
// Interrupts of the machine. What begins with on_ comes from the architecture, on the CPU
// concerned, with interrupts masked.
#pragma once

#include "fdt/host_description.hpp"

namespace isthmus::core {

struct PerCpu;
struct Vcpu;

/// The interrupt of the console's UART comes to this CPU from now on. Boot CPU.
void connect_console(const fdt::HostDescription& host);

/// A shared interrupt of the machine. False: what it meant for is done, and the caller ends it;
/// true: a guest has it now, and will.
[[gnu::noinline]] bool on_host_interrupt(u32 intid);
/// arch::set_deadline has come.
void on_deadline(PerCpu& cpu);
/// Another CPU asks this one to look at its vCPU.
void on_kick(PerCpu& cpu);
/// The list registers need attention.
void on_maintenance(PerCpu& cpu);

/// ICC_SGI1R_EL1 was written by the running vCPU.
void send_guest_sgi(Vcpu& vcpu, u64 value);

}  // namespace isthmus::core
