// SPDX-License-Identifier: Apache-2.0
// A descriptor format that no machine has, so that the generic page-table code cannot lean on an
// architecture's bits without a test noticing.
#pragma once

#include "isthmus/bits.hpp"
#include "mm/mapping_type.hpp"
#include "mm/table_format.hpp"

namespace isthmus::mm::test {

struct TestFormat {
    using Space = struct isthmus::GuestSpace;
    using Attributes = MappingType;

    using Type = BitField<0, 8>;
    using Level = BitField<56, 4>;
    using TableBit = BitField<62>;
    using ValidBit = BitField<63>;
    static constexpr u64 address_mask = BitField<12, 36>::mask;

    static u64 leaf(HostAddress host, unsigned level, MappingType type) {
        return ValidBit::of(1) | Level::of(level) | Type::of(static_cast<u64>(type)) | host.raw();
    }
    static u64 table(HostAddress host) { return ValidBit::of(1) | TableBit::of(1) | host.raw(); }
    static bool is_valid(u64 entry) { return ValidBit::get(entry) != 0; }
    static bool is_table(u64 entry, unsigned) { return TableBit::get(entry) != 0; }
    static HostAddress address(u64 entry) { return HostAddress(entry & address_mask); }
    static MappingType attributes(u64 entry) { return static_cast<MappingType>(Type::get(entry)); }
    static u64 detached(u64 entry) { return ValidBit::set(entry, 0); }
};
static_assert(TableFormat<TestFormat>);

}  // namespace isthmus::mm::test
