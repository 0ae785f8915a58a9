// SPDX-License-Identifier: Apache-2.0
// Offsets in the interrupt controller's frames (Arm IHI 0069, chapter 12).
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::guest::gic_registers {

// Distributor; the same offsets hold in a redistributor's SGI frame.
inline constexpr u64 gicd_ctlr = 0x0000;
inline constexpr u64 gicd_typer = 0x0004;
inline constexpr u64 gicd_igroupr = 0x0080;
inline constexpr u64 gicd_isenabler = 0x0100;
inline constexpr u64 gicd_icenabler = 0x0180;
inline constexpr u64 gicd_ispendr = 0x0200;
inline constexpr u64 gicd_icpendr = 0x0280;
inline constexpr u64 gicd_isactiver = 0x0300;
inline constexpr u64 gicd_icactiver = 0x0380;
inline constexpr u64 gicd_ipriorityr = 0x0400;
inline constexpr u64 gicd_itargetsr = 0x0800;  // GICv2
inline constexpr u64 gicd_icfgr = 0x0c00;
inline constexpr u64 gicd_sgir = 0x0f00;     // GICv2
inline constexpr u64 gicd_irouter = 0x6000;  // GICv3, 8 bytes each
inline constexpr u64 gicd_pidr2_v2 = 0x0fe8;
inline constexpr u64 gicd_pidr2_v3 = 0xffe8;
inline constexpr u32 ctlr_affinity_routing = 1u << 4;

// Redistributor: two frames of 64 KiB.
inline constexpr u64 redistributor_size = 0x2'0000;
inline constexpr u64 sgi_frame = 0x1'0000;
inline constexpr u64 gicr_typer = 0x0008;
inline constexpr u64 gicr_typer_last = 1u << 4;
inline constexpr u64 gicr_waker = 0x0014;
inline constexpr u32 gicr_waker_children_asleep = 1u << 2;

// GICv2 CPU interface.
inline constexpr u64 gicc_ctlr = 0x00;
inline constexpr u64 gicc_pmr = 0x04;
inline constexpr u64 gicc_bpr = 0x08;
inline constexpr u64 gicc_iar = 0x0c;
inline constexpr u64 gicc_eoir = 0x10;
inline constexpr u64 gicc_dir = 0x1000;
inline constexpr u32 gicc_ctlr_enable = 1u << 0;
inline constexpr u32 gicc_ctlr_eoi_split = 1u << 9;

/// Aff3.Aff2.Aff1.Aff0 of an MPIDR as 32 bits, as GICR_TYPER has it.
constexpr u64 affinity_of(u64 mpidr) {
    return (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xff'ffff);
}

}  // namespace isthmus::guest::gic_registers
