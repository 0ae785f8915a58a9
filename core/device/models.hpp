// SPDX-License-Identifier: Apache-2.0
// What core makes of a planned device: its state, and what answers in its place. The other half of
// a kind is in dom0less/emulated (docs/devices.md).
#pragma once

#include "dom0less/plan/emulated.hpp"
#include "isthmus/result.hpp"

namespace isthmus::core {

struct Domain;

struct DeviceModel {
    dom0less::EmulatedKind kind;
    /// Makes the device's state, ties it to the domain, and adds an MmioDevice for each of its
    /// ranges. Boot CPU, before the domain runs; its vGIC and console are there. Error:
    /// out_of_memory.
    Result<void> (*make)(Domain& domain, const dom0less::EmulatedDevicePlan& plan);
};

/// All that the domain's plan names, in its order. As DeviceModel::make.
Result<void> make_emulated_devices(Domain& domain);

}  // namespace isthmus::core
