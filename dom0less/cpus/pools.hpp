// SPDX-License-Identifier: Apache-2.0
// CPUs divided among pools, and domains among them.
#pragma once

#include <span>

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

/// Pool 0 with the CPUs that no `xen,cpupool` node names, then those of the nodes in tree order.
/// The scheduler may be `as_fits`, until vCPUs are placed. Rule: cpupool-cpus.
std::span<CpuPoolPlan> plan_pools(const PlanInput& input, Arena& arena, Findings& findings);

/// Each domain's pool, as an index into the pools. Those that name none have pool 0, or where every
/// CPU is in a node's, the pool of the first CPU, which boots. Rule: dom-cpupool; then as if none
/// were named.
std::span<const u32> choose_pools(const PlanInput& input, std::span<const CpuPoolPlan> pools,
                                  Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
