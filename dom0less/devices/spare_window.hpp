// SPDX-License-Identifier: Apache-2.0
// A place for what the machine has nothing like, in guests whose addresses are the machine's.
// Internal to the room.
#pragma once

#include <optional>

#include "dom0less/read/plan_input.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {

/// What is there: room for grant tables, which nothing ever uses, then emulated devices.
inline constexpr u64 spare_window_bytes = 2 * guest_layout::xen_grants.size();
constexpr GuestRange devices_of(GuestRange spare) {
    const u64 half = spare_window_bytes / 2;
    return *GuestRange::from(spare.start() + half, half);
}

/// The highest of a guest's addresses, counted in its own size, where the machine's tree names
/// nothing. Nothing: it names something in all of them that were tried.
std::optional<GuestRange> find_spare_window(const PlanInput& input);

}  // namespace isthmus::dom0less
