// SPDX-License-Identifier: Apache-2.0
// The plan's table of devices. Internal to the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "isthmus/text.hpp"

namespace isthmus::dom0less {

/// Registers or reserved memory of the machine, handed on as they are: not RAM, no region, and not
/// the GIC's virtual CPU interface.
bool is_passed_through(const DomainPlan& domain, const MappingPlan& mapping);

/// Each device that a guest was assigned; of Dom0, which may have hundreds, one line.
void print_devices(TextSink& sink, const Plan& plan);

}  // namespace isthmus::dom0less
