// SPDX-License-Identifier: Apache-2.0
// GICH_LR<n> and its neighbours (Arm IHI 0048, 5.3). Pure: compiled and tested on the host.
#pragma once

#include "isthmus/arch/list_registers.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::arch::gich {

/// Offsets in bytes.
inline constexpr u64 hcr = 0x000;
inline constexpr u64 vtr = 0x004;
inline constexpr u64 vmcr = 0x008;
inline constexpr u64 elrsr0 = 0x030;
inline constexpr u64 apr = 0x0f0;
inline constexpr u64 lr0 = 0x100;

using LrVirtualId = BitField<0, 10>;
using LrPhysicalId = BitField<10, 10>;  ///< HW = 1: the interrupt of the machine
using LrCpuId = BitField<10, 3>;        ///< HW = 0: of an SGI, who sent it
using LrEoi = BitField<19>;             ///< HW = 0: maintenance interrupt at the end
using LrPriority = BitField<23, 5>;     ///< the upper five bits
using LrState = BitField<28, 2>;
using LrGroup = BitField<30>;
using LrHw = BitField<31>;

inline constexpr u32 hcr_en = 1u << 0;
inline constexpr u32 hcr_lrenpie = 1u << 2;
inline constexpr u32 hcr_npie = 1u << 3;
using HcrEoiCount = BitField<27, 5>;
using VtrListRegs = BitField<0, 6>;  ///< number - 1

constexpr u32 encode(ListRegister value) {
    const u64 common = LrVirtualId::of(value.intid) | LrPriority::of(value.priority >> 3) |
                       LrGroup::of(value.group1 ? 1 : 0) |
                       LrState::of(static_cast<u64>(value.state));
    const u64 rest = value.host_intid != 0
                         ? LrHw::of(1) | LrPhysicalId::of(value.host_intid)
                         : LrEoi::of(value.end_signal ? 1 : 0) | LrCpuId::of(value.sender);
    return static_cast<u32>(common | rest);
}

constexpr ListRegister decode(u32 word) {
    const bool hw = LrHw::get(word) != 0;
    const u64 sender = hw ? 0 : LrCpuId::get(word);
    return {
        .intid = static_cast<u16>(LrVirtualId::get(word)),
        .host_intid = hw ? static_cast<u16>(LrPhysicalId::get(word)) : u16{0},
        .priority = static_cast<u8>(LrPriority::get(word) << 3),
        .state = static_cast<ListRegister::State>(LrState::get(word)),
        .sender = static_cast<u8>(sender & 7),
        .end_signal = !hw && LrEoi::get(word) != 0,
        .group1 = LrGroup::get(word) != 0,
    };
}

}  // namespace isthmus::arch::gich
