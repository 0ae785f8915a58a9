// SPDX-License-Identifier: Apache-2.0
// A vCPU's state in and out of the registers of the CPU that calls. Holds no assembler, so that
// core may include it; its tests bring a machine of their own.
#pragma once

#include "arch/arm64/cpu/vcpu_state.hpp"
#include "isthmus/address.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::arch {

/// The state after a reset at EL1h with everything masked, MMU and caches off, to continue at `pc`
/// with `context` in x0 (arm64 Linux boot protocol; PSCI CPU_ON).
void reset_vcpu(GuestRegisters& registers, VcpuState& state, u64 pc, u64 context, u64 mpidr);

/// The shape of every guest's address space on this machine.
mm::TableGeometry guest_geometry();
/// `vmid`: 1 or more, one for each guest.
GuestControl make_guest_control(u16 vmid, HostAddress root);

/// Moves a vCPU's state into this CPU's registers, and back, but for the virtual timer's control.
/// `trap_wfi`: WFI comes to Isthmus.
void load_vcpu(const VcpuState& state, const GuestControl& control, bool trap_wfi);
void save_vcpu(VcpuState& state);
/// The virtual timer goes on last, when the active state of its interrupt has come with the vCPU,
/// and off first: a timer that fires in between would be nobody's.
void start_virtual_timer(const VcpuState& state);
void stop_virtual_timer(VcpuState& state);

/// Continues a loaded vCPU. Forgets the caller's stack frames.
[[noreturn]] void enter_guest(const GuestRegisters& registers);

/// Whether stage 2 decides that guest memory is cached, whatever the guest says (FEAT_S2FWB). The
/// boot CPU chooses; one that comes up and cannot ends it for all (settle_cpus).
void choose_stage2_memory();

/// EL2 control registers that stay the same for all guests.
void init_cpu_for_guests();

}  // namespace isthmus::arch
