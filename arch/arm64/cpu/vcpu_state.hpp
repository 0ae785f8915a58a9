// SPDX-License-Identifier: Apache-2.0
// What of a guest's CPU is in system registers while the vCPU runs, as kept while it does not.
// Pure layout; world_switch.hpp moves it.
#pragma once

#include <array>

#include "arch/arm64/cpu/debug_registers.hpp"
#include "arch/arm64/cpu/saved_registers.hpp"
#include "arch/arm64/cpu/switched_registers.hpp"

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

/// What runs under it besides the registers: stage 2.
struct GuestControl {
    u64 vttbr = 0;
    u64 vtcr = 0;
};

}  // namespace isthmus::arch
