// SPDX-License-Identifier: Apache-2.0
// The rules between the nodes of one region. Internal to the room.
#pragma once

#include "shm/regions.hpp"

namespace isthmus::shm {

/// Settles host address and size of the region: shm-id-conflict, shm-host-mixed, shm-offset.
void settle_range(RegionDraft& region, Findings& findings);
/// Settles the owner: shm-owner-duplicate, shm-owner-missing (not when `all_readable` is false).
void settle_owner(RegionDraft& region, bool all_readable, Findings& findings);
/// shm-twice, shm-lonely.
void check_members(const RegionDraft& region, bool all_readable, Findings& findings);
/// shm-direct-map.
void check_direct_map(const RegionDraft& region, std::span<const DomainNodes> domains,
                      Findings& findings);

}  // namespace isthmus::shm
