// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/id_fields.hpp"

namespace isthmus::arch {
namespace {

/// Fields of a register, of four bits each, that a guest sees as 0: not there.
template <unsigned... Low>
constexpr u64 hidden = (BitField<Low, 4>::mask | ...);

// ID_AA64PFR0_EL1: EL2, SVE, RAS stays, MPAM, AMU, RME.
constexpr u64 pfr0_hidden = hidden<8, 32, 40, 44, 52>;
// ID_AA64PFR1_EL1: MTE, MPAM_frac, SME, RNDR_trap, NMI, MTE_frac, GCS, THE, MTEX, DF2, PFAR.
constexpr u64 pfr1_hidden = hidden<8, 16, 24, 28, 36, 40, 44, 48, 52, 56, 60>;
// ID_AA64DFR0_EL1: TraceVer, PMUVer, PMSVer, DoubleLock stays, TraceFilt, TraceBuffer, MTPMU, BRBE.
constexpr u64 dfr0_hidden = hidden<4, 8, 32, 40, 44, 48, 52>;
// ID_AA64ISAR0_EL1: TME.
constexpr u64 isar0_hidden = hidden<24>;
// ID_AA64ISAR1_EL1: APA, API, GPA, GPI (pointer authentication), LS64, SPECRES stays.
constexpr u64 isar1_hidden = hidden<4, 8, 24, 28, 60>;
// ID_AA64ISAR2_EL1: GPA3, APA3, MOPS, SYSREG_128, SYSINSTR_128.
constexpr u64 isar2_hidden = hidden<8, 12, 16, 32, 36>;
// ID_AA64MMFR0_EL1: TGran16_2, TGran64_2, TGran4_2, ExS stays, FGT, ECV.
constexpr u64 mmfr0_hidden = hidden<32, 36, 40, 56, 60>;
// ID_AA64MMFR1_EL1: VH, LO, XNX, TWED, HCX.
constexpr u64 mmfr1_hidden = hidden<8, 16, 28, 32, 40>;
// ID_AA64MMFR2_EL1: NV, FWB, EVT.
constexpr u64 mmfr2_hidden = hidden<24, 40, 56>;

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
    return value & ~mmfr0_hidden;
}

u64 guest_view_of_dfr0(u64 value) {
    // Debugv8p9 has registers that debug_registers.cpp does not offer.
    constexpr u64 debugv8p8 = 0b1010;
    if (DebugVer::get(value) > debugv8p8) {
        value = DebugVer::set(value, debugv8p8);
    }
    return value & ~dfr0_hidden;
}

}  // namespace

u64 guest_view_of_id(unsigned crm, unsigned op2, u64 value) {
    if (crm < 4) {
        return value;  // the AArch32 registers: EL0 may be 32-bit, EL1 is not
    }
    switch (id_index(crm, op2)) {
        case id_index(4, 0):
            return value & ~pfr0_hidden;
        case id_index(4, 1):
            return value & ~pfr1_hidden;
        case id_index(5, 0):
            return guest_view_of_dfr0(value);
        case id_index(6, 0):
            return value & ~isar0_hidden;
        case id_index(6, 1):
            return value & ~isar1_hidden;
        case id_index(6, 2):
            return value & ~isar2_hidden;
        case id_index(7, 0):
            return guest_view_of_mmfr0(value);
        case id_index(7, 1):
            return value & ~mmfr1_hidden;
        case id_index(7, 2):
            return value & ~mmfr2_hidden;
        default:
            return 0;  // SVE, SME, auxiliary features, and what no manual has named yet
    }
}

}  // namespace isthmus::arch
