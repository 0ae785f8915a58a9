// SPDX-License-Identifier: Apache-2.0
// The machine's CPUs coming up.
#pragma once

#include "dom0less/plan/plan.hpp"

namespace isthmus::core {

/// Finds the boot CPU among the CPUs of the tree; without that nothing can be placed, and it stops.
void identify_boot_cpu(const fdt::HostDescription& host);

/// What the boot CPU needs against speculation; the others see to it as they come.
void guard_boot_cpu(const fdt::HostDescription& host);
/// A line for each kind of CPU: what holds against speculation, and by what.
void show_guards(const fdt::HostDescription& host);

/// Starts all CPUs of the tree but this one; says which do not start.
void start_cpus(const fdt::HostDescription& host);

/// Every CPU but the boot CPU arrives here, from the architecture.
[[noreturn]] void secondary_main(usize index);

/// Waits, a second at most, for the CPUs that started; what all of them can do is settled then.
/// False when one that a vCPU is planned on is not there; says which.
bool all_cpus_online(const dom0less::Plan& plan, const fdt::HostDescription& host);

}  // namespace isthmus::core
