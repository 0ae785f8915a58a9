// SPDX-License-Identifier: Apache-2.0
// ICH_LR<n>_EL2 and its neighbours (Arm IHI 0069, 12.4). Pure: compiled and tested on the host.
#pragma once

#include "isthmus/arch/list_registers.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::arch::ich {

using LrVintid = BitField<0, 32>;
using LrPintid = BitField<32, 13>;  ///< HW = 1: the interrupt of the machine
using LrEoi = BitField<41>;         ///< HW = 0: maintenance interrupt at the end
using LrPriority = BitField<48, 8>;
using LrGroup = BitField<60>;
using LrHw = BitField<61>;
using LrState = BitField<62, 2>;

inline constexpr u64 hcr_en = bit(0);
inline constexpr u64 hcr_uie = bit(1);
inline constexpr u64 hcr_lrenpie = bit(2);
inline constexpr u64 hcr_npie = bit(3);
using HcrEoiCount = BitField<27, 5>;

using VtrListRegs = BitField<0, 5>;  ///< number - 1
using VtrPreBits = BitField<26, 3>;  ///< preemption bits - 1

constexpr u64 encode(ListRegister value) {
    const u64 common = LrVintid::of(value.intid) | LrPriority::of(value.priority) |
                       LrGroup::of(value.group1 ? 1 : 0) |
                       LrState::of(static_cast<u64>(value.state));
    if (value.host_intid != 0) {
        return common | LrHw::of(1) | LrPintid::of(value.host_intid);
    }
    return common | LrEoi::of(value.end_signal ? 1 : 0);
}

constexpr u64 encode_pending(u32 intid, u32 host_intid, u8 priority, bool group1, bool end_signal) {
    const u64 end =
        host_intid != 0 ? LrHw::of(1) | LrPintid::of(host_intid) : LrEoi::of(end_signal ? 1 : 0);
    return LrVintid::of(intid) | LrPriority::of(priority) | LrGroup::of(group1 ? 1 : 0) |
           LrState::of(static_cast<u64>(ListRegister::State::pending)) | end;
}

constexpr ListRegister decode(u64 word) {
    const bool hw = LrHw::get(word) != 0;
    return {
        .intid = static_cast<u16>(LrVintid::get(word)),
        .host_intid = hw ? static_cast<u16>(LrPintid::get(word)) : u16{0},
        .priority = static_cast<u8>(LrPriority::get(word)),
        .state = static_cast<ListRegister::State>(LrState::get(word)),
        .end_signal = !hw && LrEoi::get(word) != 0,
        .group1 = LrGroup::get(word) != 0,
    };
}

}  // namespace isthmus::arch::ich
