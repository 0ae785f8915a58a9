// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/guest/id_fields.hpp"

namespace isthmus::arch {
namespace {

/// Fields of a register, of four bits each, that a guest sees as they are. All others read as 0,
/// also those that no manual has named yet: what they will stand for has state and controls that
/// Isthmus does not know.
template <unsigned... Low>
constexpr u64 shown = (BitField<Low, 4>::mask | ...);

// ID_AA64PFR0_EL1: EL0, EL1, EL2, EL3, FP, AdvSIMD, GIC, RAS, DIT, CSV2, CSV3. Start-up code asks
// here whether a level above its own has set up the timer (Zephyr, as Xen's guest): one has.
constexpr u64 pfr0_shown = shown<0, 4, 8, 12, 16, 20, 24, 28, 48, 56, 60>;
// ID_AA64PFR1_EL1: BT, SSBS, RAS_frac, CSV2_frac.
constexpr u64 pfr1_shown = shown<0, 4, 12, 32>;
// ID_AA64DFR0_EL1: DebugVer, BRPs, WRPs, CTX_CMPs, DoubleLock.
constexpr u64 dfr0_shown = shown<0, 12, 20, 28, 36>;
// ID_AA64ISAR0_EL1: AES, SHA1, SHA2, CRC32, Atomic, RDM, SHA3, SM3, SM4, DP, FHM, TS, TLB, RNDR.
constexpr u64 isar0_shown = shown<4, 8, 12, 16, 20, 28, 32, 36, 40, 44, 48, 52, 56, 60>;
// ID_AA64ISAR1_EL1: DPB, JSCVT, FCMA, LRCPC, FRINTTS, SB, SPECRES, BF16, DGH, I8MM, XS. Not
// pointer authentication, nor LS64.
constexpr u64 isar1_shown = shown<0, 12, 16, 20, 32, 36, 40, 44, 48, 52, 56>;
// ID_AA64ISAR2_EL1: WFxT, RPRES, BC, CLRBHB, PRFMSLC, RPRFM, CSSC.
constexpr u64 isar2_shown = shown<0, 4, 20, 28, 40, 48, 52>;
// ID_AA64MMFR0_EL1: PARange, ASIDBits, BigEnd, SNSMem, BigEndEL0, TGran16, TGran64, TGran4, ExS.
constexpr u64 mmfr0_shown = shown<0, 4, 8, 12, 16, 20, 24, 28, 44>;
// ID_AA64MMFR1_EL1: HAFDBS, HPDS, PAN, SpecSEI, ETS, AFP, nTLBPA, TIDCP1, CMOW, ECBHB.
constexpr u64 mmfr1_shown = shown<0, 12, 20, 24, 36, 44, 48, 52, 56, 60>;
// ID_AA64MMFR2_EL1: CnP, UAO, LSM, IESB, VARange, CCIDX, ST, AT, IDS, TTL, BBM, E0PD.
constexpr u64 mmfr2_shown = shown<0, 4, 8, 12, 16, 20, 28, 32, 36, 48, 52, 60>;

using PaRange = BitField<0, 4>;
using TGran4 = BitField<28, 4>;
constexpr u64 pa_range_40_bits = 2;
using DebugVer = BitField<0, 4>;

u64 guest_view_of_mmfr0(u64 value) {
    // Guest addresses end at 40 bits; a 52-bit granule would mean larger ones.
    if (PaRange::get(value) > pa_range_40_bits) {
        value = PaRange::set(value, pa_range_40_bits);
    }
    if (TGran4::get(value) == 1) {
        value = TGran4::set(value, 0);
    }
    return value & mmfr0_shown;
}

u64 guest_view_of_dfr0(u64 value) {
    // Debugv8p9 has registers that debug_registers.cpp does not offer.
    constexpr u64 debugv8p8 = 0b1010;
    if (DebugVer::get(value) > debugv8p8) {
        value = DebugVer::set(value, debugv8p8);
    }
    return value & dfr0_shown;
}

}  // namespace

u64 guest_view_of_id(unsigned crm, unsigned op2, u64 value) {
    if (crm < 4) {
        return value;  // the AArch32 registers: EL0 may be 32-bit, EL1 is not
    }
    switch (id_index(crm, op2)) {
        case id_index(4, 0):
            return value & pfr0_shown;
        case id_index(4, 1):
            return value & pfr1_shown;
        case id_index(5, 0):
            return guest_view_of_dfr0(value);
        case id_index(6, 0):
            return value & isar0_shown;
        case id_index(6, 1):
            return value & isar1_shown;
        case id_index(6, 2):
            return value & isar2_shown;
        case id_index(7, 0):
            return guest_view_of_mmfr0(value);
        case id_index(7, 1):
            return value & mmfr1_shown;
        case id_index(7, 2):
            return value & mmfr2_shown;
        default:
            return 0;  // SVE, SME, auxiliary features, and what no manual has named yet
    }
}

}  // namespace isthmus::arch
