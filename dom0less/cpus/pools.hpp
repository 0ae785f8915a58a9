// SPDX-License-Identifier: Apache-2.0
// CPUs divided among pools, and domains among them.
#pragma once

#include <span>

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

/// Pool 0 with the CPUs that no `xen,cpupool` node names, then those of the nodes in tree order.
/// Rule: cpupool-cpus.
std::span<const CpuPoolPlan> plan_pools(const PlanInput& input, Arena& arena, Findings& findings);

/// Each domain's pool, as an index into the pools. Rule: dom-cpupool; then pool 0.
std::span<const u32> choose_pools(const PlanInput& input, Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
