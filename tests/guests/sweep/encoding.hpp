// SPDX-License-Identifier: Apache-2.0
// System registers by number: the words of MRS and MSR for any of them, and how far a guest that
// tries all may go with each.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::guest::sweep {

/// op0 (2 or 3), op1, CRn, CRm, op2: bits 19 to 5 of the instruction, in that order (Arm ARM
/// C5.1.2).
struct Encoding {
    static constexpr u32 count = 1u << 15;

    u32 raw = 0;

    constexpr u32 op0() const { return 2 + (raw >> 14); }
    constexpr u32 op1() const { return raw >> 11 & 7; }
    constexpr u32 crn() const { return raw >> 7 & 0xf; }
    constexpr u32 crm() const { return raw >> 3 & 0xf; }
    constexpr u32 op2() const { return raw & 7; }

    constexpr u32 read_word(u32 general) const { return 0xd530'0000 | raw << 5 | general; }
    constexpr u32 write_word(u32 general) const { return 0xd510'0000 | raw << 5 | general; }

    friend constexpr bool operator==(Encoding, Encoding) = default;
};

constexpr Encoding encoding(u32 op0, u32 op1, u32 crn, u32 crm, u32 op2) {
    return {(op0 & 1) << 14 | op1 << 11 | crn << 7 | crm << 3 | op2};
}

/// The bits that a pattern may change: all, unless the guest would saw off its own branch.
constexpr u64 varied_bits(Encoding register_) {
    struct Limit {
        Encoding register_;
        u64 bits;
    };
    constexpr u64 none = 0;
    constexpr Limit limits[] = {
        // SCTLR_EL1: DZE, UCT, UCI. M, C, I, A, EE are what the guest's code runs under.
        {encoding(3, 0, 1, 0, 0), u64{1} << 14 | u64{1} << 15 | u64{1} << 26},
        // CPACR_EL1: ZEN and SMEN. Without FPEN and with TTA, other registers would fault.
        {encoding(3, 0, 1, 0, 2), u64{3} << 16 | u64{3} << 24},
        // VBAR_EL1: an unexpected exception has to be told. That it survives, each fault shows.
        {encoding(3, 0, 12, 0, 0), none},
        // SPSel, DAIF, NZCV: parts of PSTATE, which the stack and the code are about; they move
        // with SPSR_EL2.
        {encoding(3, 0, 4, 2, 0), none},
        {encoding(3, 3, 4, 2, 1), none},
        {encoding(3, 3, 4, 2, 0), none},
        // CNTP_TVAL, CNTV_TVAL: what is left up to CVAL, which is swept.
        {encoding(3, 3, 14, 2, 0), none},
        {encoding(3, 3, 14, 3, 0), none},
        // CNTP_CTL, CNTV_CTL: ISTATUS is the timer's own.
        {encoding(3, 3, 14, 2, 1), 3},
        {encoding(3, 3, 14, 3, 1), 3},
        // MDSCR_EL1: HDE halts the CPU at the next breakpoint.
        {encoding(2, 0, 0, 2, 2), ~(u64{1} << 14)},
    };
    for (const Limit& limit : limits) {
        if (limit.register_ == register_) {
            return limit.bits;
        }
    }
    return ~u64{0};
}

}  // namespace isthmus::guest::sweep
