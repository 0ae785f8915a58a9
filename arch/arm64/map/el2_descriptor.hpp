// SPDX-License-Identifier: Apache-2.0
// Stage-1 descriptors of the EL2 translation regime (HCR_EL2.E2H = 0: one range of addresses, one
// privilege level), VMSAv8-64, 4 KiB granule (Arm ARM D8.3.1 and D8.3.2), and the memory types of
// MAIR_EL2 that they index.
#pragma once

#include "isthmus/bits.hpp"
#include "isthmus/range.hpp"

namespace isthmus::arch {

/// Index into MAIR_EL2.
enum class El2Memory : u8 {
    device_ngnre = 0,  ///< registers
    normal_wb = 1,     ///< RAM: Write-Back, read and write allocate
    normal_nc = 2,     ///< RAM that something without caches looks at
};

/// Writable and executable at once cannot be written down.
enum class El2Access : u8 { read_only, read_write, read_execute };

struct El2Attributes {
    El2Memory memory = El2Memory::normal_wb;
    El2Access access = El2Access::read_only;

    constexpr bool operator==(const El2Attributes&) const = default;
};

namespace el2 {
using Valid = BitField<0>;
using Table = BitField<1>;        ///< levels 0 to 2: a next-level table; level 3: always 1
using AttrIndx = BitField<2, 3>;  ///< El2Memory
using Ap1 = BitField<6>;          ///< AP[1], RES1 with one privilege level
using Ap2 = BitField<7>;          ///< AP[2], 1: read only
using Sh = BitField<8, 2>;
using Af = BitField<10>;                 ///< 1: no fault at first access
using OutputAddress = BitField<12, 36>;  ///< 47:12
using Gp = BitField<50>;                 ///< guarded page (FEAT_BTI); ignored without it
using Xn = BitField<54>;

inline constexpr u64 sh_outer = 0b10;  ///< what device and non-cacheable memory have in any case
inline constexpr u64 sh_inner = 0b11;

/// MAIR_EL2: one byte an El2Memory.
using Attr0 = BitField<0, 8>;
using Attr1 = BitField<8, 8>;
using Attr2 = BitField<16, 8>;
inline constexpr u64 mair =
    Attr0::of(0x04)     // Device-nGnRE
    | Attr1::of(0xff)   // Normal, inner and outer Write-Back non-transient, RW-allocate
    | Attr2::of(0x44);  // Normal, inner and outer Non-cacheable
}  // namespace el2

/// A mm::TableFormat.
struct El2Format {
    using Space = struct isthmus::HypSpace;
    using Attributes = El2Attributes;

    static constexpr u64 leaf(HostAddress host, unsigned level, El2Attributes attributes) {
        return (host.raw() & el2::OutputAddress::mask) | leaf_bits(level, attributes);
    }
    static constexpr u64 table(HostAddress next) {
        return el2::Valid::of(1) | el2::Table::of(1) | (next.raw() & el2::OutputAddress::mask);
    }
    static constexpr bool is_valid(u64 entry) { return el2::Valid::get(entry) != 0; }
    static constexpr bool is_table(u64 entry, unsigned level) {
        return level < 3 && el2::Table::get(entry) != 0;
    }
    static constexpr HostAddress address(u64 entry) {
        return HostAddress(entry & el2::OutputAddress::mask);
    }
    static constexpr El2Attributes attributes(u64 entry) {
        const El2Access access = el2::Xn::get(entry) == 0    ? El2Access::read_execute
                                 : el2::Ap2::get(entry) == 0 ? El2Access::read_write
                                                             : El2Access::read_only;
        return {static_cast<El2Memory>(el2::AttrIndx::get(entry)), access};
    }
    static constexpr u64 detached(u64 entry) { return entry & ~el2::Valid::mask; }

  private:
    /// All but the address: apart from it, so that it is computed once for a run of leaves.
    static constexpr u64 leaf_bits(unsigned level, El2Attributes attributes) {
        const bool cached = attributes.memory == El2Memory::normal_wb;
        const bool writable = attributes.access == El2Access::read_write;
        const bool executable = attributes.access == El2Access::read_execute;
        return el2::Valid::of(1) | el2::Table::of(level == 3 ? 1 : 0) |
               el2::AttrIndx::of(static_cast<u64>(attributes.memory)) | el2::Ap1::of(1) |
               el2::Ap2::of(writable ? 0 : 1) |
               el2::Sh::of(cached ? el2::sh_inner : el2::sh_outer) | el2::Af::of(1) |
               el2::Gp::of(executable ? 1 : 0) | el2::Xn::of(executable ? 0 : 1);
    }
};

}  // namespace isthmus::arch
