// SPDX-License-Identifier: Apache-2.0
// A guest's address space: what has which place before shared regions come, and where kernel,
// ramdisk and tree go in its RAM.
//
//   bank 0: | kernel_window ............ | ramdisk_target | tree_target | rest of RAM |
//           0x4000_0000                                    2 MiB         (from 512 MiB on)
#pragma once

#include <span>

#include "dom0less/planner.hpp"
#include "shm/guest_rules.hpp"

namespace isthmus::dom0less {

/// The part of `memory_bytes` that lies in bank 0, and in bank 1; may be empty.
GuestRange ram_in_bank0(u64 memory_bytes);
GuestRange ram_in_bank1(u64 memory_bytes);

/// The emulated interrupt controller's place: the host's version, at Xen's addresses.
GuestGicPlan plan_gic(u8 version, const DomainConfig& domain);

/// Everything a region may not lie over: RAM, interrupt controller, UART, and the windows that are
/// kept for devices to come.
std::span<const shm::GuestUse> guest_uses(const DomainConfig& domain, u8 gic_version, Arena& arena);

/// Where the images go.
struct ImageLayout {
    GuestRange kernel_window;
    GuestRange ramdisk_target;
    GuestRange tree_target;
};

/// Rule dom-memory-small when RAM does not hold tree, ramdisk and a kernel window of at least 2
/// MiB.
ImageLayout plan_images(const DomainConfig& domain, Findings& findings);

}  // namespace isthmus::dom0less
