// SPDX-License-Identifier: Apache-2.0
// Stage-2 descriptors, VMSAv8-64, 4 KiB granule (Arm ARM D8.3.1 and D8.3.2). The entry's meaning is
// its MappingType; all permission bits follow from it.
#pragma once

#include "isthmus/bits.hpp"
#include "isthmus/range.hpp"
#include "mm/mapping_type.hpp"

namespace isthmus::arch {

namespace stage2 {
using Valid = BitField<0>;
using Table = BitField<1>;       ///< levels 0 to 2: a next-level table; level 3: always 1
using MemAttr = BitField<2, 4>;  ///< 3:2 outer, 1:0 inner, as without FEAT_S2FWB
using S2ap = BitField<6, 2>;     ///< bit 0 read, bit 1 write
using Sh = BitField<8, 2>;
using Af = BitField<10>;                   ///< 1: no fault at first access
using OutputAddress = BitField<12, 36>;    ///< 47:12
using Xn = BitField<54>;                   ///< with FEAT_XNX, XN[1:0] = 0b10: nobody executes
using XnLow = BitField<53>;                ///< XN[0], RES0 without FEAT_XNX: kept 0
using MappingTypeField = BitField<55, 4>;  ///< for software: mm::MappingType

inline constexpr u64 memattr_device_ngnre = 0b0001;
inline constexpr u64 memattr_normal_nc = 0b0101;  ///< Non-cacheable, with FEAT_S2FWB too
inline constexpr u64 memattr_normal_wb = 0b1111;  ///< Normal, Write-Back inner and outer
/// With HCR_EL2.FWB = 1 the field has another code (D8.6.2): Normal Write-Back, whatever the
/// guest's own tables say, and also while they are off.
inline constexpr u64 memattr_forced_wb = 0b0110;
inline constexpr u64 s2ap_read = 0b01;
inline constexpr u64 s2ap_read_write = 0b11;
inline constexpr u64 sh_outer = 0b10;  ///< what device memory has in any case
inline constexpr u64 sh_inner = 0b11;
}  // namespace stage2

/// How this machine's maps say "normal memory": set once, before the first map is built, when
/// guests will run with HCR_EL2.FWB = 1.
inline constinit u64 stage2_normal_memory = stage2::memattr_normal_wb;

/// A mm::TableFormat.
struct Stage2Format {
    using Space = struct isthmus::GuestSpace;
    using Attributes = mm::MappingType;

    static u64 leaf(HostAddress host, unsigned level, mm::MappingType type) {
        return (host.raw() & stage2::OutputAddress::mask) | leaf_bits(level, type);
    }
    static constexpr u64 table(HostAddress next) {
        return stage2::Valid::of(1) | stage2::Table::of(1) |
               (next.raw() & stage2::OutputAddress::mask);
    }
    static constexpr bool is_valid(u64 entry) { return stage2::Valid::get(entry) != 0; }
    static constexpr bool is_table(u64 entry, unsigned level) {
        return level < 3 && stage2::Table::get(entry) != 0;
    }
    static constexpr HostAddress address(u64 entry) {
        return HostAddress(entry & stage2::OutputAddress::mask);
    }
    static constexpr mm::MappingType attributes(u64 entry) {
        return static_cast<mm::MappingType>(stage2::MappingTypeField::get(entry));
    }
    static constexpr u64 detached(u64 entry) { return entry & ~stage2::Valid::mask; }

    /// For the audit: the permission and memory bits are those of the type in the software bits.
    static bool is_consistent(u64 entry, unsigned level) {
        return leaf(address(entry), level, attributes(entry)) == entry;
    }

  private:
    /// All but the address: apart from it, so that it is computed once for a run of leaves.
    static u64 leaf_bits(unsigned level, mm::MappingType type) {
        const bool device = mm::is_device(type);
        const u64 memattr = type == mm::MappingType::device      ? stage2::memattr_device_ngnre
                            : type == mm::MappingType::device_nc ? stage2::memattr_normal_nc
                                                                 : stage2_normal_memory;
        const u64 s2ap = mm::is_writable(type) ? stage2::s2ap_read_write : stage2::s2ap_read;
        return stage2::Valid::of(1) | stage2::Table::of(level == 3 ? 1 : 0) |
               stage2::MemAttr::of(memattr) | stage2::S2ap::of(s2ap) |
               stage2::Sh::of(device ? stage2::sh_outer : stage2::sh_inner) | stage2::Af::of(1) |
               stage2::Xn::of(mm::is_executable(type) ? 0 : 1) |
               stage2::MappingTypeField::of(static_cast<u64>(type));
    }
};

}  // namespace isthmus::arch
