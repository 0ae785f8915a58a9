// SPDX-License-Identifier: Apache-2.0
// The vCPU's side of the GIC that the world switch moves, and the CPU's own start.
#pragma once

#include "arch/arm64/vcpu_state.hpp"

namespace isthmus::arch {

/// The virtual interface's VMCR and active-priority registers; it is on from then on.
void load_gic_cpu(const VcpuState& state);
/// The reverse; list registers are the virtual GIC's affair.
void save_gic_cpu(VcpuState& state);

/// Whether stage 2 decides that guest memory is cached, whatever the guest says (FEAT_S2FWB). The
/// boot CPU chooses; one that comes up and cannot ends it for all (settle_cpus).
void choose_stage2_memory();
bool forces_write_back();

/// EL2 control registers that stay the same for all guests.
void init_cpu_for_guests();

}  // namespace isthmus::arch
