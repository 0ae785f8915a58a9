// SPDX-License-Identifier: Apache-2.0
// Where things are in Isthmus's own address space (EL2, 48 bits, TTBR0_EL2).
//
//   0x0000'0000'0000  identity: only while the MMU is being turned on (boot tables)
//   0x4000'0000'0000  the image, linked there                          \.
//   +1 GiB            the boot tree, read-only                          | one 512 GiB slot, so the
//   +2 GiB            device registers, small ones side by side          | boot tables stay small
//   +3 GiB            a stack for each CPU, guard pages between         |
//   +4 GiB            the emergency stacks, likewise                   /.
//   +5 GiB            a page for each CPU: its window to a guest's RAM
//   +6 GiB            the arena: what was read and planned
//   0x8000'0000'0000  RAM at its host address + this: the heap always, other RAM only while a
//                     domain is being built (docs/memory.md)
#pragma once

#include "isthmus/address.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/range.hpp"

namespace isthmus::arch {

inline constexpr u64 image_base = 0x4000'0000'0000;
inline constexpr u64 image_limit = 2 * MiB;  ///< one last-level table, as the image lies
inline constexpr u64 boot_tree_base = image_base + 1 * GiB;
inline constexpr u64 boot_tree_window = 4 * MiB;
inline constexpr u64 device_base = image_base + 2 * GiB;
inline constexpr u64 device_window = 1 * GiB;
/// Of a device that is looked at before the heap stands, no more is shown.
inline constexpr u64 small_device_limit = 128 * KiB;
constexpr HostRange small_device(HostRange registers) {
    const u64 size = registers.size() < small_device_limit ? registers.size() : small_device_limit;
    return *HostRange::from(registers.start(), size);
}
inline constexpr u64 stack_base = image_base + 3 * GiB;
inline constexpr u64 emergency_stack_base = image_base + 4 * GiB;
inline constexpr u64 window_base = image_base + 5 * GiB;
inline constexpr u64 arena_base = image_base + 6 * GiB;
inline constexpr u64 ram_base = 0x8000'0000'0000;

/// Host RAM must lie below this to have a place in the map.
inline constexpr u64 host_address_limit = u64{1} << limits::host_address_bits;

/// Slot 0 is the boot CPU's, the others' is their number + 1: the boot CPU needs a stack before it
/// knows its number. Of each slot the lowest pages stay unmapped: running over the end
/// faults.
inline constexpr u64 stack_size = stack_bytes;
inline constexpr u64 stack_slot = 64 * KiB;
static_assert(stack_size < stack_slot && (limits::cpus + 1) * stack_slot <= 1 * GiB);
static_assert(limits::cpus <= 512, "the windows share one last-level table");

constexpr HypAddress stack_top(usize slot) {
    return HypAddress(stack_base + (slot + 1) * stack_slot);
}
constexpr HypAddress emergency_stack_top(usize slot) {
    return HypAddress(emergency_stack_base + (slot + 1) * stack_slot);
}

}  // namespace isthmus::arch
