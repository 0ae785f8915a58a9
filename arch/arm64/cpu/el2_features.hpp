// SPDX-License-Identifier: Apache-2.0
// Registers of EL2 that only some CPUs have, that are unknown after a reset, and that decide what a
// guest may do. Which of them there are, and what is to be in them, for guests that are shown none
// of these features (id_fields.cpp). Pure: compiled and tested on the host.
//
// Firmware lets EL2 at them where the CPU has them, as for Linux (its Documentation/arch/arm64,
// booting.rst: SCR_EL3.HXEn, FGTEn, FGTEn2; MPAM3_EL3.TRAPLOWER).
#pragma once

#include "isthmus/bits.hpp"

namespace isthmus::arch {

/// The ID registers that say so.
struct FeatureIds {
    u64 pfr0 = 0;   ///< ID_AA64PFR0_EL1
    u64 pfr1 = 0;   ///< ID_AA64PFR1_EL1
    u64 mmfr0 = 0;  ///< ID_AA64MMFR0_EL1
    u64 mmfr1 = 0;  ///< ID_AA64MMFR1_EL1

    /// FEAT_HCX: HCRX_EL2. Its bits let EL1 have instructions and registers: none.
    constexpr bool has_hcrx() const { return BitField<40, 4>::get(mmfr1) != 0; }
    /// FEAT_FGT: HFG*_EL2 and HDFG*_EL2. 0 traps what has a feature of its own that is not offered,
    /// and nothing else.
    constexpr bool has_fine_traps() const { return BitField<56, 4>::get(mmfr0) != 0; }
    /// FEAT_FGT2: the second set of them.
    constexpr bool has_more_fine_traps() const { return BitField<56, 4>::get(mmfr0) >= 2; }
    /// HAFGRTR_EL2: with the activity monitors.
    constexpr bool has_monitor_traps() const {
        return has_fine_traps() && BitField<44, 4>::get(pfr0) != 0;
    }
    /// MPAM, of whatever version: MPAM2_EL2 and what EL1 has of it.
    constexpr bool has_mpam() const {
        return BitField<40, 4>::get(pfr0) != 0 || BitField<16, 4>::get(pfr1) != 0;
    }
    /// FEAT_RAS: with HCR_EL2.AMO a guest's DISR_EL1 is VDISR_EL2.
    constexpr bool has_ras() const { return BitField<28, 4>::get(pfr0) != 0; }
    /// FEAT_CSV2_2, FEAT_CSV2_1p2: SCXTNUM_EL0 and SCXTNUM_EL1, which guests are shown.
    constexpr bool has_context_numbers() const {
        const u64 csv2 = BitField<56, 4>::get(pfr0);
        return csv2 >= 2 || (csv2 == 1 && BitField<32, 4>::get(pfr1) >= 2);
    }
    /// FEAT_SME where no fine-grained trap keeps TPIDR2_EL0 and SMPRI_EL1 from guests: not by the
    /// architecture, but QEMU before 8.1 has such a CPU.
    constexpr bool has_untrapped_sme() const {
        return BitField<24, 4>::get(pfr1) != 0 && !has_fine_traps();
    }
};

namespace mpam {
/// MPAMIDR_EL1: how reads of it can be trapped.
using HasHcr = BitField<17>;
using HasTidr = BitField<58>;

/// MPAM2_EL2: EL2 itself runs in the default partition.
inline constexpr u64 trap_mpam1_el1 = bit(48);
inline constexpr u64 trap_mpam0_el1 = bit(49);
inline constexpr u64 tidr = bit(58);
/// MPAMHCR_EL2: partition numbers are not virtual.
inline constexpr u64 trap_mpamidr_el1 = bit(31);

constexpr u64 el2_word(u64 mpamidr) {
    return trap_mpam1_el1 | trap_mpam0_el1 | (HasTidr::get(mpamidr) != 0 ? tidr : 0);
}
}  // namespace mpam

}  // namespace isthmus::arch
