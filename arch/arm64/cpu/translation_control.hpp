// SPDX-License-Identifier: Apache-2.0
// The words of VTCR_EL2 and TCR_EL2 (Arm ARM D19.2), computed from what the CPU says about itself
// (ID_AA64MMFR0_EL1.PARange) and the size of address space wanted. Pure; the caller writes them.
#pragma once

#include "isthmus/bits.hpp"
#include "isthmus/result.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::arch {

/// Both registers, as far as they agree.
namespace translation_control {
using T0sz = BitField<0, 6>;   ///< 64 - bits of input address
using Irgn0 = BitField<8, 2>;  ///< 0b01: walks are Write-Back cacheable
using Orgn0 = BitField<10, 2>;
using Sh0 = BitField<12, 2>;  ///< 0b11: walks are inner shareable
using Tg0 = BitField<14, 2>;  ///< 0b00: 4 KiB granule
using Ps = BitField<16, 3>;   ///< size of output addresses, coded as PARange
// VTCR_EL2 only
using Sl0 = BitField<6, 2>;  ///< start level with 4 KiB: 0 level 2, 1 level 1, 2 level 0
using VtcrRes1 = BitField<31>;
// TCR_EL2 only
using TcrRes1Bit23 = BitField<23>;
using TcrRes1Bit31 = BitField<31>;
}  // namespace translation_control

/// Bits of physical address for ID_AA64MMFR0_EL1.PARange; nothing known of a reserved value.
constexpr Result<unsigned> physical_address_bits(u64 pa_range) {
    constexpr unsigned bits[] = {32, 36, 40, 42, 44, 48, 52, 56};
    if (pa_range >= sizeof(bits) / sizeof(bits[0])) {
        return fail(Error::unsupported);
    }
    return bits[pa_range];
}

/// A register's word, and the shape of the tables that go with it.
struct TranslationControl {
    u64 word = 0;
    mm::TableGeometry geometry;
};

/// The guest's address space: its end is that of RAM bank 1, 0x2_0000_0000 + 1016 GiB.
inline constexpr unsigned guest_address_bits = 40;

namespace translation_control {
/// Walks go through the caches, as all tables are written by cached stores.
inline constexpr u64 cached_walks = Irgn0::of(0b01) | Orgn0::of(0b01) | Sh0::of(0b11) | Tg0::of(0);

/// Descriptors here hold 48 bits of output address: a larger PARange is used as 48 bits.
constexpr u64 output_size(u64 pa_range) {
    constexpr u64 bits_48 = 5;
    return Ps::of(pa_range < bits_48 ? pa_range : bits_48);
}
}  // namespace translation_control

/// VTCR_EL2 for `ipa_bits` (32 to 48) of guest address, and the tables' shape with the fewest
/// levels: up to 16 concatenated start tables (D8.2.7). PARange: of the CPU with the fewest bits.
/// Errors: invalid_argument; unsupported when the CPU has fewer physical address bits than that.
constexpr Result<TranslationControl> stage2_control(u64 pa_range, unsigned ipa_bits) {
    namespace field = translation_control;
    const Result<unsigned> physical = physical_address_bits(pa_range);
    if (!physical) {
        return fail(physical.error());
    }
    if (ipa_bits < 32 || ipa_bits > 48) {
        return fail(Error::invalid_argument);
    }
    if (ipa_bits > *physical) {
        return fail(Error::unsupported);
    }
    // A root of 16 tables resolves 4 bits more than one table.
    const unsigned start_level = ipa_bits <= 34 ? 2 : ipa_bits <= 43 ? 1 : 0;
    const u64 word = field::T0sz::of(64 - ipa_bits) | field::Sl0::of(2 - start_level) |
                     field::cached_walks | field::output_size(pa_range) | field::VtcrRes1::of(1);
    return TranslationControl{word, {start_level, ipa_bits}};
}

/// TCR_EL2 for `va_bits` (32 to 48) of Isthmus's own addresses. Errors: invalid_argument,
/// unsupported (a reserved PARange).
constexpr Result<TranslationControl> el2_control(u64 pa_range, unsigned va_bits) {
    namespace field = translation_control;
    const Result<unsigned> physical = physical_address_bits(pa_range);
    if (!physical) {
        return fail(physical.error());
    }
    if (va_bits < 32 || va_bits > 48) {
        return fail(Error::invalid_argument);
    }
    const unsigned start_level = va_bits <= 39 ? 1 : 0;
    const u64 word = field::T0sz::of(64 - va_bits) | field::cached_walks |
                     field::output_size(pa_range) | field::TcrRes1Bit23::of(1) |
                     field::TcrRes1Bit31::of(1);
    return TranslationControl{word, {start_level, va_bits}};
}

}  // namespace isthmus::arch
