// SPDX-License-Identifier: Apache-2.0
// The emulated panic device: one register, whose bits are events (QEMU, docs/specs/pvpanic). A
// kernel that has given up writes there, and its domain stops at once.
#pragma once

#include "dom0less/plan/emulated.hpp"
#include "isthmus/result.hpp"

namespace isthmus::core {

struct Domain;

/// The model of EmulatedKind::pvpanic. As DeviceModel::make.
Result<void> make_pvpanic(Domain& domain, const dom0less::EmulatedDevicePlan& plan);

}  // namespace isthmus::core
