// SPDX-License-Identifier: Apache-2.0
// Every byte of the machine's RAM, with a use and an owner.
#pragma once

#include "dom0less/memory/planner.hpp"

namespace isthmus::dom0less {

/// Sorted, disjoint, without gaps over all RAM; neighbours that say the same are one entry. What
/// nobody asked for is the heap's; with a static heap, what lies outside of it is unused.
std::span<const HostUsePlan> make_host_map(const PlanInput& input,
                                           std::span<const HostClaim> claims,
                                           std::span<const Placement> placements,
                                           std::span<const shm::RegionPlan> regions, Arena& arena);

}  // namespace isthmus::dom0less
