// SPDX-License-Identifier: Apache-2.0
// A guest's address space: what has which place before shared regions come, and where kernel,
// ramdisk and tree go in its RAM.
//
//   RAM: | kernel_window ............ | ramdisk_target | tree_target | rest of RAM |
//        0x4000_0000                                    2 MiB         (from 512 MiB on)
//
// A ramdisk for which 512 MiB are too little lies at the end of RAM's piece, behind the tree.
// In a direct-mapped domain RAM and interrupt controller stand where the machine's own do.
#pragma once

#include <optional>
#include <span>

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"
#include "shm/guest_rules.hpp"

namespace isthmus::dom0less {

/// The part of `memory_bytes` that lies in bank 0, and in bank 1; may be empty.
GuestRange ram_in_bank0(u64 memory_bytes);
GuestRange ram_in_bank1(u64 memory_bytes);

/// A sorted list in which neighbours that touch have become one.
std::span<const GuestRange> joined(std::span<GuestRange> ranges);
/// All of the domain's own RAM: sorted, disjoint, neighbours joined.
std::span<const GuestRange> guest_ram(const DomainConfig& domain, Arena& arena);

/// What is emulated for one domain; the planner settles it first (devices/emulation.hpp).
struct Emulation {
    GuestGicPlan gic;  ///< without the interrupts of devices that it is assigned
    std::span<const EmulatedDevicePlan> devices;
    XenPlan xen;
    std::span<const DoorbellPlan> doorbells;
    /// Of each of the domain's shared-memory nodes: SharedViewPlan::event_ports. Empty: of none.
    std::span<const std::span<const u32>> event_ports;
    /// Of each region that it is party to and that has one, in the order of the drafts.
    std::span<const GuestRange> status_pages;
    std::optional<GuestRange> statistics;  ///< where it sees the statistics region, if it does
};

/// The emulated interrupt controller: the host's version, at Xen's addresses or at the machine's,
/// with as many redistributors as there are vCPUs, and all interrupts of what is emulated.
GuestGicPlan plan_gic(const fdt::HostDescription& host, const DomainConfig& domain,
                      const Emulation& emulation);

/// What the guest finds at fixed places: its RAM, unless the planner is still to choose it
/// (Dom0's), interrupt controller, emulated devices.
std::span<const shm::GuestUse> guest_fixtures(const DomainConfig& domain,
                                              const Emulation& emulation, Arena& arena);

/// Everything a region may not lie over: RAM, interrupt controller, emulated and assigned devices.
/// Of the windows that Xen's layout keeps for more, this guest has nothing in them.
std::span<const shm::GuestUse> guest_uses(const DomainConfig& domain, const Emulation& emulation,
                                          Arena& arena);

/// `ram` as the guest may use it: without the page of Xen's console.
std::span<const GuestRange> without_console(std::span<const GuestRange> ram, const XenPlan& xen,
                                            Arena& arena);

/// Where the images go.
struct ImageLayout {
    GuestRange kernel_window;
    GuestRange ramdisk_target;
    GuestRange tree_target;
};

/// In the lowest stretch of `ram` that has room: of 512 MiB if possible, else of 31 GiB. Rule
/// dom-memory-small when none holds tree, ramdisk and a kernel window of at least 2 MiB.
ImageLayout plan_images(const DomainConfig& domain, std::span<const GuestRange> ram,
                        Findings& findings);

}  // namespace isthmus::dom0less
