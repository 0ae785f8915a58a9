// SPDX-License-Identifier: Apache-2.0
// Stream table entries (STE, Arm IHI 0070, 5.2): what becomes of a device's accesses. The bits of
// stage 2 are VTCR_EL2's, so that a device sees memory by the very tables that its guest's CPUs do.
// Pure.
#pragma once

#include <array>

#include "arch/arm64/cpu/translation_control.hpp"
#include "isthmus/bits.hpp"
#include "isthmus/units.hpp"

namespace isthmus::arch::smmu {

namespace ste {  // word 0
using V = BitField<0>;
using Config = BitField<1, 3>;
inline constexpr u64 config_abort = 0b000;
inline constexpr u64 config_bypass = 0b100;
inline constexpr u64 config_stage2 = 0b110;
// word 1, bits 127:64
using Mev = BitField<83 - 64>;    ///< like events may be merged
using S2fwb = BitField<89 - 64>;  ///< descriptors as with HCR_EL2.FWB = 1
using Shcfg = BitField<108 - 64, 2>;
inline constexpr u64 shcfg_incoming = 0b01;
// word 2, bits 191:128
using S2vmid = BitField<128 - 128, 16>;
using S2t0sz = BitField<160 - 128, 6>;
using S2sl0 = BitField<166 - 128, 2>;
using S2ir0 = BitField<168 - 128, 2>;
using S2or0 = BitField<170 - 128, 2>;
using S2sh0 = BitField<172 - 128, 2>;
using S2tg = BitField<174 - 128, 2>;
using S2ps = BitField<176 - 128, 3>;
using S2aa64 = BitField<179 - 128>;
using S2affd = BitField<181 - 128>;
using S2r = BitField<186 - 128>;  ///< faults are recorded
// word 3, bits 255:192
using S2ttb = BitField<196 - 192, 48>;  ///< bits 51:4 of the address, in their place
}  // namespace ste

/// 64 bytes, aligned so, in memory that the SMMU reads.
struct alignas(64) StreamEntry {
    std::array<u64, 8> words{};
    constexpr bool operator==(const StreamEntry&) const = default;
};
static_assert(sizeof(StreamEntry) == 64);

/// The device gets an abort for every access; no event is recorded.
constexpr StreamEntry abort_entry() {
    return {{ste::V::of(1) | ste::Config::of(ste::config_abort)}};
}

/// Accesses pass as they are. `overrides`: IDR1.ATTR_TYPES_OVR; else the field is RES0.
constexpr StreamEntry bypass_entry(bool overrides) {
    return {{ste::V::of(1) | ste::Config::of(ste::config_bypass),
             overrides ? ste::Shcfg::of(ste::shcfg_incoming) : 0}};
}

/// A guest's second stage, as VTTBR_EL2 and VTCR_EL2 have it.
struct Stage2 {
    u64 vttbr = 0;
    u64 vtcr = 0;
    bool forces_write_back = false;  ///< the tables are made for HCR_EL2.FWB = 1
    bool overrides = false;          ///< IDR1.ATTR_TYPES_OVR
};

namespace vttbr {
using Baddr = BitField<1, 47>;
using Vmid = BitField<48, 16>;
}  // namespace vttbr

/// Accesses are a guest's: addresses are guest addresses. What its tables do not map is an abort
/// for the device, and an event. Stalling (S2S) stays off: a device must not wait for software.
constexpr StreamEntry stage2_entry(const Stage2& stage2) {
    namespace field = translation_control;
    StreamEntry entry;
    entry.words[0] = ste::V::of(1) | ste::Config::of(ste::config_stage2);
    entry.words[1] = ste::Mev::of(1) | ste::S2fwb::of(stage2.forces_write_back ? 1 : 0) |
                     (stage2.overrides ? ste::Shcfg::of(ste::shcfg_incoming) : 0);
    entry.words[2] = ste::S2vmid::of(vttbr::Vmid::get(stage2.vttbr)) |
                     ste::S2t0sz::of(field::T0sz::get(stage2.vtcr)) |
                     ste::S2sl0::of(field::Sl0::get(stage2.vtcr)) |
                     ste::S2ir0::of(field::Irgn0::get(stage2.vtcr)) |
                     ste::S2or0::of(field::Orgn0::get(stage2.vtcr)) |
                     ste::S2sh0::of(field::Sh0::get(stage2.vtcr)) |
                     ste::S2tg::of(field::Tg0::get(stage2.vtcr)) |
                     ste::S2ps::of(field::Ps::get(stage2.vtcr)) | ste::S2aa64::of(1) |
                     ste::S2affd::of(1) | ste::S2r::of(1);
    entry.words[3] = stage2.vttbr & vttbr::Baddr::mask & ste::S2ttb::mask;
    return entry;
}

}  // namespace isthmus::arch::smmu
