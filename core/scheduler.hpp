// SPDX-License-Identifier: Apache-2.0
// Which vCPU runs on this CPU. With one vCPU a CPU (`sched=null`) the choice is: that one, or none.
#pragma once

#include "core/per_cpu.hpp"

namespace isthmus::core {

/// Leaves whatever ran and runs what may run; sleeps while there is nothing. Never returns: the
/// next thing this CPU does is a guest, or another call of this from the top of its stack.
[[noreturn]] void schedule();

}  // namespace isthmus::core
