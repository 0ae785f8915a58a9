// SPDX-License-Identifier: Apache-2.0
// A guest's PSTATE, as SPSR_EL2 has it while Isthmus looks at the guest: what an exception and what
// an emulated instruction make of it. Pure: compiled and tested on the host, too.
#pragma once

#include "arch/arm64/cpu/debug_registers.hpp"
#include "arch/arm64/cpu/registers.hpp"

namespace isthmus::arch {

namespace pstate {
using Mode = BitField<0, 4>;  ///< M[3:0]
using Aarch32 = BitField<4>;
using Btype = BitField<10, 2>;   ///< A64 only
using ItHigh = BitField<10, 6>;  ///< A32 only: ITSTATE[7:2]
using DebugMask = BitField<9>;   ///< D; A64 only
using Ssbs = BitField<12>;
using Ss = BitField<21>;
using Pan = BitField<22>;
using Dit = BitField<24>;       ///< A64 only
using ItLow = BitField<25, 2>;  ///< A32 only: ITSTATE[1:0]
using Nzcv = BitField<28, 4>;

inline constexpr u64 el0t = 0x0;
inline constexpr u64 el1t = 0x4;
inline constexpr u64 el1h = 0x5;
}  // namespace pstate

/// SCTLR_EL1 bits that exceptions look at.
namespace sctlr {
using Span = BitField<23>;   ///< 0: exceptions set PAN
using Dssbs = BitField<44>;  ///< PSTATE.SSBS after an exception
}  // namespace sctlr

constexpr bool runs_a64(u64 pstate) {
    return pstate::Aarch32::get(pstate) == 0;
}
constexpr bool runs_at_el0(u64 pstate) {
    return !runs_a64(pstate) || pstate::Mode::get(pstate) == pstate::el0t;
}
/// EL1 with SP_EL1; all else uses SP_EL0.
constexpr bool uses_sp_el1(u64 pstate) {
    return runs_a64(pstate) && pstate::Mode::get(pstate) == pstate::el1h;
}

/// From VBAR_EL1 to the vector of a synchronous exception to EL1 (Arm ARM, table D1-5).
constexpr u64 synchronous_vector(u64 pstate) {
    if (!runs_a64(pstate)) {
        return 0x600;
    }
    switch (pstate::Mode::get(pstate)) {
        case pstate::el0t:
            return 0x400;
        case pstate::el1t:
            return 0x000;
        default:
            return 0x200;
    }
}

/// PSTATE in the EL1 handler of an exception (Arm ARM, AArch64.TakeException).
constexpr u64 pstate_in_handler(u64 pstate, u64 sctlr_el1) {
    const u64 kept = pstate::Nzcv::mask | (runs_a64(pstate) ? pstate::Dit::mask : 0);
    const bool pan = pstate::Pan::get(pstate) != 0 || sctlr::Span::get(sctlr_el1) == 0;
    return (pstate & kept) | pstate::Pan::of(pan ? 1 : 0) |
           pstate::Ssbs::of(sctlr::Dssbs::get(sctlr_el1)) | spsr::el1h | spsr::masked;
}

/// Whether pstate_behind may change anything. Nearly always not.
constexpr bool moves_with_instruction(u64 pstate) {
    return (pstate & (pstate::Ss::mask | pstate::Btype::mask | pstate::Aarch32::mask)) != 0;
}

/// PSTATE behind an instruction that was emulated: an indirect branch's mark and a single step are
/// used up; in an IT block of A32 the next condition comes up (Arm ARM, AArch32.ITAdvance).
constexpr u64 pstate_behind(u64 pstate) {
    pstate &= ~pstate::Ss::mask;
    if (runs_a64(pstate)) {
        return pstate & ~pstate::Btype::mask;
    }
    const u64 it = pstate::ItHigh::get(pstate) << 2 | pstate::ItLow::get(pstate);
    const u64 next = (it & 0b111) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
    return pstate::ItLow::set(pstate::ItHigh::set(pstate, next >> 2), next);
}

/// PSTATE in front of an instruction of EL1 that has been left behind, as HVC is when it arrives:
/// the step that it used up is to be done again. `mdscr`: MDSCR_EL1 of the machine, which says
/// whether EL1 steps itself (Arm ARM D2.11.2).
constexpr u64 pstate_in_front(u64 pstate, u64 mdscr) {
    constexpr u64 steps_el1 = mdscr::ss | mdscr::kde;
    const bool stepped = (mdscr & steps_el1) == steps_el1 && pstate::DebugMask::get(pstate) == 0;
    return stepped ? pstate | pstate::Ss::mask : pstate;
}

}  // namespace isthmus::arch
