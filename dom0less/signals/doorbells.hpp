// SPDX-License-Identifier: Apache-2.0
// Doorbells: each party of a region that has them gets one to each other. Internal to the room.
#pragma once

#include "dom0less/plan/signals.hpp"
#include "dom0less/read/plan_input.hpp"
#include "isthmus/arena.hpp"
#include "shm/regions.hpp"

namespace isthmus::dom0less {

/// Of each domain, by region and then by party; their interrupts are chosen later
/// (devices/emulation.hpp). Rule dom-limit: a guest with too many; it then has none.
std::span<const std::span<DoorbellPlan>> plan_doorbells(std::span<const DomainConfig> domains,
                                                        std::span<const shm::RegionDraft> drafts,
                                                        Arena& arena, Findings& findings);

/// Blocks of GPIO lines that so many doorbells take.
usize gpio_blocks(usize doorbells);

}  // namespace isthmus::dom0less
