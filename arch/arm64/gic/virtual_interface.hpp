// SPDX-License-Identifier: Apache-2.0
// The vCPU's side of the GIC that the world switch moves, and the CPU's own start.
#pragma once

#include "arch/arm64/cpu/vcpu_state.hpp"

namespace isthmus::arch {

/// The virtual interface's VMCR and active-priority registers; it is on from then on.
void load_gic_cpu(const VcpuState& state);
/// The reverse; list registers are the virtual GIC's affair.
void save_gic_cpu(VcpuState& state);

}  // namespace isthmus::arch
