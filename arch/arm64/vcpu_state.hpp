// SPDX-License-Identifier: Apache-2.0
// What of a guest's CPU is in system registers while the vCPU runs, as kept while it does not.
// Pure layout; world_switch.cpp and fp.S move it.
#pragma once

#include <array>

#include "arch/arm64/debug_registers.hpp"
#include "arch/arm64/saved_registers.hpp"
#include "arch/arm64/switched_registers.hpp"
#include "isthmus/address.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::arch {

/// SIMD and floating-point registers. EL2 never uses them, so they move only with the vCPU.
struct alignas(16) FpState {
    std::array<u64, 64> v{};  ///< v0 to v31, low half first
    u64 fpsr = 0;
    u64 fpcr = 0;
};

struct VcpuState {
#define ISTHMUS_MEMBER(member, ...) u64 member = 0;
    ISTHMUS_SWITCHED_REGISTERS(ISTHMUS_MEMBER)
    ISTHMUS_TIMER_REGISTERS(ISTHMUS_MEMBER)
    ISTHMUS_OPTIONAL_REGISTERS(ISTHMUS_MEMBER)
#undef ISTHMUS_MEMBER

    u64 ich_vmcr = 0;               ///< GICH_VMCR with a GICv2
    std::array<u64, 4> ich_ap0r{};  ///< GICH_APR with a GICv2, in the first
    std::array<u64, 4> ich_ap1r{};

    DebugState debug;
    FpState fp;
};

/// The state after a reset at EL1h with everything masked, MMU and caches off, to continue at `pc`
/// with `context` in x0 (arm64 Linux boot protocol; PSCI CPU_ON).
void reset_vcpu(GuestRegisters& registers, VcpuState& state, u64 pc, u64 context, u64 mpidr);

/// What runs under it besides the registers: stage 2.
struct GuestControl {
    u64 vttbr = 0;
    u64 vtcr = 0;
};

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

}  // namespace isthmus::arch
