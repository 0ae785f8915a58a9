// SPDX-License-Identifier: Apache-2.0
// What a node of the boot tree is, for those who hand the machine's devices on. Internal to the
// room.
#pragma once

#include "fdt/host_description.hpp"
#include "fdt/tree.hpp"

namespace isthmus::dom0less {

/// Part of what describes no device: /chosen, /cpus, RAM, /reserved-memory, /aliases and what is
/// below them.
bool is_no_device(const fdt::Node& node);

/// A device that Isthmus keeps: the interrupt controller with all below it (a guest has an emulated
/// one, without message-signalled interrupts), Isthmus's console, an SMMU that Isthmus drives.
bool is_own_device(const fdt::Node& node, const fdt::HostDescription& host);

/// A node that stands for firmware or for parts of a CPU, of which a guest gets others: PSCI, the
/// architected timer, performance counters, another hypervisor.
bool is_replaced(const fdt::Node& node);

}  // namespace isthmus::dom0less
