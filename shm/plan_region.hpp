// SPDX-License-Identifier: Apache-2.0
// From a region whose host memory is known to its plan and to its members' views.
#pragma once

#include "mm/mapping_type.hpp"
#include "shm/regions.hpp"

namespace isthmus::shm {

/// Whose nodes the region has: each domain once, in tree order.
std::span<const DomainId> parties_of(const RegionDraft& draft, Arena& arena);

/// `host`: the region's pieces in order, together `draft.size` bytes.
RegionPlan plan_region(const RegionDraft& draft, std::span<const HostRange> host, Arena& arena);

/// How one member sees region number `region`.
SharedViewPlan plan_view(const RegionDraft& draft, const Member& member, u32 region);

/// The guest-map type of a view: the owner's own pages, or foreign ones.
mm::MappingType view_type(const SharedViewPlan& view);

}  // namespace isthmus::shm
