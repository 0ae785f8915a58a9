// SPDX-License-Identifier: Apache-2.0
// What the SMMUs say of accesses that they did not let through.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

/// The interrupts of the SMMUs that are in use come to the calling CPU from now on.
void listen_to_smmus();
/// Shows what they have to say; false when the interrupt is none of theirs. That CPU.
bool on_smmu_interrupt(u32 intid);

}  // namespace isthmus::core
