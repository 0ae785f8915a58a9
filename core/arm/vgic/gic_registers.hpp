// SPDX-License-Identifier: Apache-2.0
// Register offsets and fields of the distributor of both versions and of the GICv3 redistributor
// (Arm IHI 0069, 12.8 to 12.11; IHI 0048, 4.3). Shared by the virtual GIC and the drivers of the
// machine's. Offsets in bytes.
#pragma once

#include "isthmus/bits.hpp"

namespace isthmus::gic {

/// Distributor; the banked ones (`*_base`) hold a bit or a byte for each interrupt, and stand at
/// the same offsets in a redistributor's SGI frame for INTID 0 to 31.
inline constexpr u64 gicd_ctlr = 0x0000;
inline constexpr u64 gicd_typer = 0x0004;
inline constexpr u64 gicd_iidr = 0x0008;
inline constexpr u64 igroupr = 0x0080;
inline constexpr u64 isenabler = 0x0100;
inline constexpr u64 icenabler = 0x0180;
inline constexpr u64 ispendr = 0x0200;
inline constexpr u64 icpendr = 0x0280;
inline constexpr u64 isactiver = 0x0300;
inline constexpr u64 icactiver = 0x0380;
inline constexpr u64 ipriorityr = 0x0400;
inline constexpr u64 itargetsr = 0x0800;  ///< GICv2
inline constexpr u64 icfgr = 0x0c00;
inline constexpr u64 igrpmodr = 0x0d00;
inline constexpr u64 banked_end = 0x0e00;
inline constexpr u64 gicd_sgir = 0x0f00;  ///< GICv2, and so the next three
inline constexpr u64 cpendsgir = 0x0f10;  ///< a byte for each SGI, a bit in it for each sender
inline constexpr u64 spendsgir = 0x0f20;
inline constexpr u64 sgir_end = 0x0f30;
/// GICv3.1: words for the shared interrupts from INTID 4096 on.
inline constexpr u64 icenabler_extended = 0x1400;
inline constexpr u64 icpendr_extended = 0x1800;
inline constexpr u64 icactiver_extended = 0x1c00;
inline constexpr u64 pidr2_4k = 0x0fe8;  ///< ICPIDR2 in the 4 KiB of a GICv2
inline constexpr u64 gicd_irouter = 0x6000;
inline constexpr u64 gicd_irouter_end = 0x8000;
inline constexpr u64 pidr2 = 0xffe8;  ///< in both
inline constexpr u64 distributor_size = 0x1'0000;

/// Redistributor, RD_base frame; the SGI frame follows.
inline constexpr u64 gicr_ctlr = 0x0000;
inline constexpr u64 gicr_iidr = 0x0004;
inline constexpr u64 gicr_typer = 0x0008;
inline constexpr u64 gicr_waker = 0x0014;
inline constexpr u64 sgi_frame = 0x1'0000;
inline constexpr u64 redistributor_size = 0x2'0000;

namespace ctlr {
inline constexpr u32 enable_group0 = 1u << 0;
inline constexpr u32 enable_group1 = 1u << 1;
inline constexpr u32 are = 1u << 4;
inline constexpr u32 ds = 1u << 6;
inline constexpr u32 rwp = 1u << 31;
}  // namespace ctlr

namespace typer {
using ItLines = BitField<0, 5>;    ///< INTIDs / 32 - 1
using CpuNumber = BitField<5, 3>;  ///< CPU interfaces - 1; GICv2
using IdBits = BitField<19, 5>;    ///< bits of an INTID - 1
inline constexpr u64 no_1_of_n = bit(25);
inline constexpr u64 has_extended = bit(8);  ///< GICv3.1: INTID 4096 on
using ExtendedRange = BitField<27, 5>;       ///< of them / 32 - 1
using GicrPrivate = BitField<27, 5>;  ///< GICR_TYPER: words of private ones from INTID 1056 on
inline constexpr u64 gicr_last = bit(4);
using GicrProcessor = BitField<8, 16>;
using GicrAffinity = BitField<32, 32>;
}  // namespace typer

namespace sgir {
using Intid = BitField<0, 4>;
using TargetList = BitField<16, 8>;  ///< a bit for each CPU interface
using Filter = BitField<24, 2>;
inline constexpr u32 listed = 0;
inline constexpr u32 all_but_self = 1;
inline constexpr u32 self = 2;
}  // namespace sgir

namespace waker {
inline constexpr u32 processor_sleep = 1u << 1;
inline constexpr u32 children_asleep = 1u << 2;
}  // namespace waker

inline constexpr u32 pidr2_v2 = 0x2b;         ///< architecture revision 2
inline constexpr u32 pidr2_v3 = 0x3b;         ///< architecture revision 3
inline constexpr u32 iidr_arm = 0x0000'043b;  ///< implementer Arm, as guests expect of a GIC
inline constexpr u64 router_any = bit(31);    ///< Interrupt_Routing_Mode

}  // namespace isthmus::gic
