// SPDX-License-Identifier: Apache-2.0
// More than one CPU: starting others through PSCI.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::guest {

/// Starts CPU `index` (1 and up, below max_cpus) of the tree, which runs `function` with the MMU
/// as the first CPU has it, then switches itself off. What PSCI CPU_ON answered: 0 for started.
i64 start_cpu(u32 index, void (*function)());

/// AFFINITY_INFO of the tree's CPU `index`: 0 on, 1 off, 2 on its way.
i64 affinity_info(u32 index);

}  // namespace isthmus::guest
