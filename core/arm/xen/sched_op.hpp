// SPDX-License-Identifier: Apache-2.0
// The timers of sched_op: those of a poll's end, and of watchdogs.
#pragma once

#include "core/arm/xen/guest.hpp"

namespace isthmus::core::xen {

/// Before the vCPU runs.
void prepare_timers(Guest& guest, Vcpu& vcpu);

}  // namespace isthmus::core::xen
