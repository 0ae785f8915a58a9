// SPDX-License-Identifier: Apache-2.0
// EL2 control registers as tables: a line a field, by the names of the Arm ARM (D19.2), and the
// values Isthmus runs with. Pure: compiled and tested on the host, too.
#pragma once

#include "isthmus/bits.hpp"

namespace isthmus::arch {

/// HCR_EL2, Hypervisor Configuration Register.
namespace hcr {
inline constexpr u64 vm = bit(0);    ///< stage 2 on
inline constexpr u64 ptw = bit(2);   ///< a guest's page tables are in RAM: not in a device
inline constexpr u64 swio = bit(1);  ///< DC ISW cleans, too: a guest cannot throw away lines
inline constexpr u64 fmo = bit(3);   ///< FIQs to EL2
inline constexpr u64 imo = bit(4);   ///< IRQs to EL2; ICC_* at EL1 become virtual
inline constexpr u64 amo = bit(5);   ///< SErrors to EL2
inline constexpr u64 bsu_is = u64{1} << 10;  ///< barriers reach at least inner shareable
inline constexpr u64 fb = bit(9);            ///< TLB and IC maintenance is broadcast
inline constexpr u64 twi = bit(13);          ///< trap WFI
inline constexpr u64 tid3 = bit(18);         ///< trap reads of the feature ID registers
inline constexpr u64 tsc = bit(19);          ///< trap SMC
inline constexpr u64 tidcp = bit(20);        ///< trap implementation-defined registers
inline constexpr u64 tacr = bit(21);         ///< trap ACTLR_EL1
inline constexpr u64 rw = bit(31);           ///< EL1 is AArch64
inline constexpr u64 tlor = bit(35);         ///< trap LORegions registers
inline constexpr u64 terr = bit(36);         ///< trap RAS error records
inline constexpr u64 fwb = bit(46);          ///< stage 2 decides cacheability (FEAT_S2FWB)
inline constexpr u64 enscxt = bit(53);       ///< SCXTNUM_ELx are the guest's

/// What every guest runs under; `twi` besides where vCPUs share a CPU, `enscxt` where the CPU has
/// the registers.
inline constexpr u64 guest =
    vm | swio | ptw | fmo | imo | amo | bsu_is | fb | tid3 | tsc | tidcp | tacr | rw | tlor | terr;
}  // namespace hcr

/// CPTR_EL2 with HCR_EL2.E2H = 0: traps of SIMD, SVE, SME and trace.
namespace cptr {
inline constexpr u64 res1 = 0x22ff;  ///< bits 13, 9, 7:0
inline constexpr u64 tz = bit(8);    ///< trap SVE (RES1 without it)
inline constexpr u64 tsm = bit(12);  ///< trap SME (RES1 without it)
inline constexpr u64 tta = bit(20);  ///< trap trace registers
inline constexpr u64 tam = bit(30);  ///< trap activity monitors: they count what others do, too
inline constexpr u64 guest = res1 | tz | tsm | tta | tam;
}  // namespace cptr

/// MDCR_EL2: performance monitors are not offered to guests. Debug registers are, by emulation
/// (debug_registers.hpp); TDE stays 0, so that debug exceptions are EL1's and never EL2's.
namespace mdcr {
using Hpmn = BitField<0, 5>;  ///< counters left to EL1: all, so that reads are sane
inline constexpr u64 tpmcr = bit(5);
inline constexpr u64 tpm = bit(6);
inline constexpr u64 tda = bit(9);
inline constexpr u64 tdosa = bit(10);
inline constexpr u64 tdra = bit(11);
inline constexpr u64 tpms = bit(14);
inline constexpr u64 ttrf = bit(19);
inline constexpr u64 guest = tpmcr | tpm | tda | tdosa | tdra | tpms | ttrf;
}  // namespace mdcr

/// CNTHCTL_EL2 with E2H = 0.
namespace cnthctl {
inline constexpr u64 el1pcten = bit(0);  ///< EL1 and EL0 may read the physical counter
inline constexpr u64 el1pcen = bit(1);   ///< EL1 and EL0 may use the physical timer; 0: trapped
inline constexpr u64 guest = el1pcten;
}  // namespace cnthctl

/// Generic timer control registers (CNTV_CTL_EL0 and the like).
namespace timer_ctl {
inline constexpr u64 enable = bit(0);
inline constexpr u64 imask = bit(1);
inline constexpr u64 istatus = bit(2);
}  // namespace timer_ctl

/// SCTLR_EL2 / SCTLR_EL1, the bits that matter at entry.
namespace sctlr {
inline constexpr u64 m = bit(0);
inline constexpr u64 a = bit(1);
inline constexpr u64 c = bit(2);
inline constexpr u64 sa = bit(3);
inline constexpr u64 i = bit(12);
inline constexpr u64 wxn = bit(19);
/// RES1 bits of SCTLR_EL2: 4, 5, 11, 16, 18, 22, 23, 28, 29.
inline constexpr u64 el2_res1 = 0x30c5'0830;
/// RES1 bits of SCTLR_EL1 on an Armv8.0 CPU: 11, 20, 22, 23, 28, 29.
inline constexpr u64 el1_res1 = 0x30d0'0800;
inline constexpr u64 el2 = el2_res1 | m | c | sa | i | wxn;
inline constexpr u64 el1_boot = el1_res1 | m | c | sa | i;
}  // namespace sctlr

/// TCR_EL1: no walks by TTBR0_EL1, and by TTBR1_EL1.
namespace tcr_el1 {
inline constexpr u64 epd0 = bit(7);
inline constexpr u64 epd1 = bit(23);
}  // namespace tcr_el1

/// SPSR_EL2 values.
namespace spsr {
inline constexpr u64 el1h = 0x5;
inline constexpr u64 el2h = 0x9;
inline constexpr u64 masked = 0x3c0;  ///< D, A, I, F
inline constexpr u64 mode_mask = 0x1f;
}  // namespace spsr

/// MPIDR_EL1's affinity fields, as PSCI and `reg` of a CPU node have them.
inline constexpr u64 mpidr_affinity_mask = 0xff'00ff'ffff;
inline constexpr u64 mpidr_res1 = bit(31);

}  // namespace isthmus::arch
