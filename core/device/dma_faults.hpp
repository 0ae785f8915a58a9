// SPDX-License-Identifier: Apache-2.0
// What the SMMUs say of accesses that they did not let through. A device that does so without end
// costs the CPU that hears it a bounded time in each second: of one SMMU 32 lines are said, then
// its interrupt is off until the second is over. What was not shown then is counted, a queue full
// at most, and the SMMU is heard again.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

/// The interrupts of the SMMUs that are in use come to the calling CPU from now on, whose timer it
/// is that ends a second.
void listen_to_smmus();
/// Shows what they have to say; false when the interrupt is none of theirs. That CPU.
bool on_smmu_interrupt(u32 intid);

}  // namespace isthmus::core
