// SPDX-License-Identifier: Apache-2.0
// Commands for the SMMU, 16 bytes each (Arm IHI 0070, chapter 4). Pure.
#pragma once

#include <array>

#include "isthmus/bits.hpp"

namespace isthmus::arch::smmu {

using Command = std::array<u64, 2>;

namespace command {
using Opcode = BitField<0, 8>;
using StreamId = BitField<32, 32>;  ///< CMD_CFGI_*
using Vmid = BitField<32, 16>;      ///< CMD_TLBI_*
using Cs = BitField<12, 2>;         ///< CMD_SYNC: how its end is signalled
inline constexpr u64 cs_none = 0;   ///< it is not: CMDQ_CONS moves on
// In the second word
using Leaf = BitField<0>;
using Range = BitField<0, 5>;

inline constexpr u64 op_cfgi_ste = 0x03;
inline constexpr u64 op_cfgi_ste_range = 0x04;
inline constexpr u64 op_tlbi_el2_all = 0x20;
inline constexpr u64 op_tlbi_s12_vmall = 0x28;
inline constexpr u64 op_tlbi_nsnh_all = 0x30;
inline constexpr u64 op_sync = 0x46;
}  // namespace command

/// The entry of one stream may have changed (4.3.1); first-level descriptors have not.
constexpr Command cfgi_ste(u32 stream) {
    return {command::Opcode::of(command::op_cfgi_ste) | command::StreamId::of(stream),
            command::Leaf::of(1)};
}
/// Everything about all streams may have changed (4.3.6): a range of 2^32.
constexpr Command cfgi_all() {
    return {command::Opcode::of(command::op_cfgi_ste_range), command::Range::of(31)};
}
/// Translations of one guest, both stages (4.4.3).
constexpr Command tlbi_s12_vmall(u16 vmid) {
    return {command::Opcode::of(command::op_tlbi_s12_vmall) | command::Vmid::of(vmid), 0};
}
/// Translations of all guests (4.4.4).
constexpr Command tlbi_nsnh_all() {
    return {command::Opcode::of(command::op_tlbi_nsnh_all), 0};
}
/// Translations of EL2's own streams, of which Isthmus has none; only with IDR0.Hyp (4.4.2).
constexpr Command tlbi_el2_all() {
    return {command::Opcode::of(command::op_tlbi_el2_all), 0};
}
/// All commands before have taken effect once CMDQ_CONS is past this one (4.7.3).
constexpr Command sync() {
    return {command::Opcode::of(command::op_sync) | command::Cs::of(command::cs_none), 0};
}

}  // namespace isthmus::arch::smmu
