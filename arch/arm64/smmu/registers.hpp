// SPDX-License-Identifier: Apache-2.0
// Registers of an SMMUv3's Non-secure interface (Arm IHI 0070, 6.2 and 6.3): offsets from page 0,
// and the fields that Isthmus reads or writes. Pure.
#pragma once

#include "isthmus/bits.hpp"
#include "isthmus/units.hpp"

namespace isthmus::arch::smmu {

/// Page 0 and page 1 (6.1).
inline constexpr u64 register_bytes = 128 * KiB;
inline constexpr u64 page1 = 64 * KiB;

inline constexpr u64 idr0 = 0x000;
namespace idr0_field {  // 6.3.1
using S2p = BitField<0>;
using S1p = BitField<1>;
using Ttf = BitField<2, 2>;  ///< bit 1: VMSAv8-64
using Cohacc = BitField<4>;  ///< tables, queues and walks can be coherent
using Btm = BitField<5>;     ///< takes part in the CPUs' broadcast TLB maintenance
using Hyp = BitField<9>;
using Ats = BitField<10>;
using Msi = BitField<13>;
using Vmid16 = BitField<18>;
using Ttendian = BitField<21, 2>;
using StallModel = BitField<24, 2>;
using StLevel = BitField<27, 2>;  ///< 1: two-level stream tables, too
inline constexpr u64 ttf_vmsav8_64 = 0b10;
inline constexpr u64 ttendian_big = 0b11;
inline constexpr u64 stall_forced = 0b10;
}  // namespace idr0_field

inline constexpr u64 idr1 = 0x004;
namespace idr1_field {              ///< 6.3.2
using Sidsize = BitField<0, 6>;     ///< bits of a stream ID
using Eventqs = BitField<16, 5>;    ///< log2 of the most entries
using Cmdqs = BitField<21, 5>;      ///< the same
using AttrTypesOvr = BitField<27>;  ///< STE.SHCFG and its neighbours count
using QueuesPreset = BitField<29>;  ///< the queues' places are fixed
using TablesPreset = BitField<30>;  ///< the stream table's place is fixed
}  // namespace idr1_field

inline constexpr u64 idr3 = 0x00c;
namespace idr3_field {  // 6.3.4
using Fwb = BitField<8>;
}

inline constexpr u64 idr5 = 0x014;
namespace idr5_field {       // 6.3.6
using Oas = BitField<0, 3>;  ///< coded as PARange
using Gran4k = BitField<4>;
}  // namespace idr5_field

inline constexpr u64 cr0 = 0x020;  ///< CR0ACK repeats what has taken effect
inline constexpr u64 cr0ack = 0x024;
namespace cr0_field {  // 6.3.9
inline constexpr u32 smmuen = 1u << 0;
inline constexpr u32 eventqen = 1u << 2;
inline constexpr u32 cmdqen = 1u << 3;
inline constexpr u32 atschk = 1u << 4;  ///< what a device calls translated is checked, too
}  // namespace cr0_field

inline constexpr u64 cr1 = 0x028;
namespace cr1_field {  // 6.3.11
using QueueIc = BitField<0, 2>;
using QueueOc = BitField<2, 2>;
using QueueSh = BitField<4, 2>;
using TableIc = BitField<6, 2>;
using TableOc = BitField<8, 2>;
using TableSh = BitField<10, 2>;
inline constexpr u64 write_back = 0b01;
inline constexpr u64 inner_shareable = 0b11;
}  // namespace cr1_field
/// Everything that the SMMU reads was written by cached stores.
inline constexpr u64 cr1_cached =
    cr1_field::QueueIc::of(cr1_field::write_back) | cr1_field::QueueOc::of(cr1_field::write_back) |
    cr1_field::QueueSh::of(cr1_field::inner_shareable) |
    cr1_field::TableIc::of(cr1_field::write_back) | cr1_field::TableOc::of(cr1_field::write_back) |
    cr1_field::TableSh::of(cr1_field::inner_shareable);

inline constexpr u64 cr2 = 0x02c;
namespace cr2_field {  // 6.3.12
/// A stream ID without an entry is an event. PTM (bit 2) stays 0: what CPUs broadcast counts.
inline constexpr u32 recinvsid = 1u << 1;
}  // namespace cr2_field

inline constexpr u64 gbpa = 0x044;
namespace gbpa_field {                   // 6.3.14
inline constexpr u32 abort = 1u << 20;   ///< while SMMUEN is 0
inline constexpr u32 update = 1u << 31;  ///< until the write has taken effect
}  // namespace gbpa_field

inline constexpr u64 irq_ctrl = 0x050;
inline constexpr u64 irq_ctrlack = 0x054;
namespace irq_ctrl_field {  // 6.3.16
inline constexpr u32 gerror_irqen = 1u << 0;
inline constexpr u32 eventq_irqen = 1u << 2;
}  // namespace irq_ctrl_field

/// An error is active while its bits in the two differ (6.3.18, 6.3.19).
inline constexpr u64 gerror = 0x060;
inline constexpr u64 gerrorn = 0x064;
namespace gerror_field {
inline constexpr u32 cmdq_err = 1u << 0;
inline constexpr u32 eventq_abt_err = 1u << 2;
inline constexpr u32 sfm_err = 1u << 8;  ///< the SMMU has stopped
}  // namespace gerror_field
inline constexpr u64 gerror_irq_cfg0 = 0x068;  ///< 64 bits; address 0: no message, a wire
inline constexpr u64 eventq_irq_cfg0 = 0x0b0;  ///< the same

inline constexpr u64 strtab_base = 0x080;  ///< 64 bits, 6.3.24
inline constexpr u64 strtab_base_cfg = 0x088;
namespace strtab_field {
using Addr = BitField<6, 50>;  ///< in its place
using Ra = BitField<62>;
using Log2size = BitField<0, 6>;  ///< STRTAB_BASE_CFG, 6.3.25: bits of stream ID
using Split = BitField<6, 5>;
using Fmt = BitField<16, 2>;
inline constexpr u64 fmt_linear = 0;
inline constexpr u64 fmt_two_level = 1;
}  // namespace strtab_field

inline constexpr u64 cmdq_base = 0x090;  ///< 64 bits, 6.3.26
inline constexpr u64 cmdq_prod = 0x098;
inline constexpr u64 cmdq_cons = 0x09c;
inline constexpr u64 eventq_base = 0x0a0;  ///< 64 bits, 6.3.29
inline constexpr u64 eventq_prod = page1 + 0x0a8;
inline constexpr u64 eventq_cons = page1 + 0x0ac;
namespace queue_field {
using Log2size = BitField<0, 5>;
using Addr = BitField<5, 51>;  ///< in its place
using Allocate = BitField<62>;
using ConsErr = BitField<24, 7>;  ///< CMDQ_CONS.ERR, when GERROR says so
/// EVENTQ_PROD.OVFLG and EVENTQ_CONS.OVACKFLG: events were lost while they differ.
inline constexpr u32 overflow = 1u << 31;
}  // namespace queue_field

/// What the ID registers say.
struct IdRegisters {
    u32 idr0 = 0;
    u32 idr1 = 0;
    u32 idr3 = 0;
    u32 idr5 = 0;
};

}  // namespace isthmus::arch::smmu
