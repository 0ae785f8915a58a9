// SPDX-License-Identifier: Apache-2.0
// Dom0's part of the machine's devices: all that nobody else has. Internal to the room.
#pragma once

#include "dom0less/devices/claims.hpp"
#include "dom0less/devices/planner.hpp"

namespace isthmus::dom0less {

/// Rule dom0-device: a device of which Dom0 does not get every page or interrupt, because what
/// Isthmus keeps shares it, or because it lies in RAM or past a guest's addresses.
DeviceShare share_of_dom0(const PlanInput& input, const DeviceClaims& claims, Arena& arena,
                          Findings& findings);

/// /reserved-memory at its own addresses: drivers of Dom0 look for what firmware and other
/// processors left there. Without what is a device's, of whoever: that is no memory. Sorted,
/// disjoint.
std::span<const GuestRange> reserved_for_dom0(const PlanInput& input,
                                              std::span<const DeviceShare> shares, Arena& arena);

}  // namespace isthmus::dom0less
