// SPDX-License-Identifier: Apache-2.0
// What lies where in a guest's address space, and its fixed interrupts (docs/bindings.md, "What a
// guest sees"): the addresses that guests built for Xen expect.
#pragma once

#include "isthmus/range.hpp"

namespace isthmus::guest_layout {

inline constexpr GuestRange window(u64 start, u64 size) {
    return *GuestRange::from(GuestAddress(start), size);
}

/// Guest addresses have 40 bits; bank 1 ends with them.
inline constexpr u64 address_end = u64{1} << 40;

inline constexpr GuestRange gicv3_distributor = window(0x0300'1000, 64 * KiB);
inline constexpr GuestRange gicv3_redistributors = window(0x0302'0000, 16 * MiB);
inline constexpr GuestRange gicv2_distributor = window(0x0300'1000, 4 * KiB);
inline constexpr GuestRange gicv2_cpu_interface = window(0x0300'2000, 8 * KiB);
inline constexpr GuestRange uart = window(0x2200'0000, 4 * KiB);
inline constexpr GuestRange gpio = window(0x2201'0000, 64 * KiB);  ///< a page a block
inline constexpr GuestRange watchdog = window(0x2202'0000, 8 * KiB);
inline constexpr GuestRange pvpanic = window(0x2203'0000, 4 * KiB);
inline constexpr GuestRange status_pages = window(0x2210'0000, 1 * MiB);  ///< one a region
inline constexpr GuestRange statistics = window(0x2220'0000, 4 * MiB);
inline constexpr GuestRange xen_grants = window(0x3800'0000, 16 * MiB);
inline constexpr GuestRange ram_bank0 = window(0x4000'0000, 3 * GiB);
inline constexpr GuestRange ram_bank1 = window(0x2'0000'0000, 1016 * GiB);

static_assert(ram_bank1.end().raw() == address_end);
static_assert(ram_bank0.is_aligned(1 * GiB) && ram_bank1.is_aligned(1 * GiB));

inline constexpr u32 timer_virtual_intid = 27;
inline constexpr u32 timer_physical_intid = 30;
inline constexpr u32 timer_secure_intid = 29;
inline constexpr u32 event_channel_intid = 31;
inline constexpr u32 uart_intid = 32;
/// Emulated devices without a number of their own have theirs from here on; Xen's virtio devices
/// have 33 to 43.
inline constexpr u32 first_free_intid = 44;

/// Phandle of the guest's interrupt controller.
inline constexpr u32 gic_phandle = 65000;
/// The first that a node of ours takes where somebody else wrote nodes, too; then the next free.
inline constexpr u32 first_own_phandle = 65001;

}  // namespace isthmus::guest_layout
