// SPDX-License-Identifier: Apache-2.0
// From a domain whose memory and CPUs are known to its plan. Internal to the room.
#pragma once

#include "dom0less/devices/planner.hpp"
#include "dom0less/memory/guest_space.hpp"
#include "dom0less/memory/planner.hpp"

namespace isthmus::dom0less {

/// What the planner has settled before it turns to the single domain.
struct Settled {
    std::span<const shm::RegionDraft> drafts;
    std::span<const shm::RegionPlan> regions;
    std::span<const Placement> placements;
    std::span<const DeviceShare> shares;    ///< one for each domain
    std::span<const Emulation> emulations;  ///< one for each domain
};

/// `cpus`: the domain's vCPUs' CPUs, in order. Cannot fail: the rules have been checked.
DomainPlan plan_domain(const PlanInput& input, const Settled& settled, u32 index,
                       const ImageLayout& images, std::span<const u32> cpus, Arena& arena);

}  // namespace isthmus::dom0less
