// SPDX-License-Identifier: Apache-2.0
// The memory for everything that is read and planned. Boot CPU, once.
#pragma once

#include "core/boot/boot.hpp"
#include "dom0less/memory/arena_place.hpp"

namespace isthmus::core {

/// Enough for a small tree, so that a console can say why there is no more (in the image): where
/// not even RAM can be had that modules or guests were to have.
inline constexpr usize least_arena_bytes = 64 * 1024;

struct PlanningMemory {
    std::span<std::byte> bytes;  ///< of the arena, of RAM that is lent, or least_arena_bytes
    dom0less::ArenaPlace place;
    /// RAM that the tree gives to others, where there is no place: it is written over, and nothing
    /// is started any more.
    HostRange lent;
    bool is_out_of_reach = false;  ///< there is a place, but this CPU has not the address bits
};

/// Finds RAM by the boot tree and shows it. Without, check_planning_memory stops the boot.
PlanningMemory find_planning_memory(const BootInfo& info);

/// Rules dom-out-of-memory, host-address-size.
void check_planning_memory(const PlanningMemory& memory, Findings& findings);

}  // namespace isthmus::core
