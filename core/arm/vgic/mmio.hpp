// SPDX-License-Identifier: Apache-2.0
// The virtual GIC's registers as a domain's devices.
#pragma once

#include "isthmus/result.hpp"

namespace isthmus::core {

struct Domain;

/// Distributor and, of a GICv3, redistributors. A GICv2's CPU interface is the machine's own, by
/// the guest map. Boot CPU, before the domain runs. Error: out_of_memory.
Result<void> add_vgic_registers(Domain& domain);

}  // namespace isthmus::core
