// SPDX-License-Identifier: Apache-2.0
// Which host pages may be handed out as a device's registers. Internal to the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

/// They hold registers of the device, where `xen,path` names one, and neither memory nor registers
/// that Isthmus keeps for itself. Else false, with a finding: rules dev-range and dev-own.
bool check_device_window(const PlanInput& input, const AssignedDeviceConfig& device,
                         const DeviceWindowConfig& window, Findings& findings);

}  // namespace isthmus::dom0less
