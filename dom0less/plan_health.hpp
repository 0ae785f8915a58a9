// SPDX-License-Identifier: Apache-2.0
// What follows when a domain ends: what its node says, what is so where it says nothing, and what
// cannot be (docs/supervision.md). Internal to the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

/// It can be built again once it has ended. Not Dom0, which has the machine; and nobody who has a
/// device that no SMMU stands before: its DMA would go on while the memory is cleared and filled,
/// and nothing could stop it.
bool can_restart(const SystemConfig& config, const DomainConfig& domain);

HealthPlan plan_health(const SystemConfig& config, const DomainConfig& domain);

/// Rules: health-dma, health-group, and the warnings health-lonely, health-limit-unused,
/// health-watchdog, health-panic. Over all domains.
void check_health(const SystemConfig& config, Findings& findings);

}  // namespace isthmus::dom0less
