// SPDX-License-Identifier: Apache-2.0
// Each vCPU gets a CPU, for as long as the machine runs.
#pragma once

#include <span>

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

/// Pools, and the pool of each domain (cpus/pools.hpp).
struct PoolPlacement {
    std::span<CpuPoolPlan> pools;
    std::span<const u32> of_domain;
};

/// The CPUs (indexes into the host's) of all vCPUs, domain by domain in tree order. vCPUs with a
/// hard affinity choose first. In a pool of scheduler `null` each has a CPU for itself, the others
/// in order on those that are left, in tree order; with `rr` vCPUs are spread evenly, those of one
/// domain onto different CPUs first. A pool whose scheduler is `as_fits` gets one of the two, and
/// the note sched-turns says so when it is rr. Rules: dom-cpu-shortage, dom-affinity; then empty.
/// Also dom-cpus, for more vCPUs than a GICv2 serves.
std::span<const u32> place_vcpus(const PlanInput& input, const PoolPlacement& pools, Arena& arena,
                                 Findings& findings);

}  // namespace isthmus::dom0less
