// SPDX-License-Identifier: Apache-2.0
// One vCPU a CPU.
#pragma once

#include <span>

#include "dom0less/planner.hpp"

namespace isthmus::dom0less {

/// The CPUs (indexes into the host's) of all vCPUs, domain by domain in tree order. vCPUs with a
/// hard affinity choose first; the others follow in order on the CPUs that are left, in tree order.
/// Rules: dom-cpu-shortage, dom-affinity; then empty. Also dom-cpus, for more vCPUs than a GICv2
/// serves.
std::span<const u32> place_vcpus(const PlanInput& input, Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
