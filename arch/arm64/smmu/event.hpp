// SPDX-License-Identifier: Apache-2.0
// What the SMMU records about an access that it did not let through: event records of 32 bytes (Arm
// IHI 0070, 7.3). Pure.
#pragma once

#include <array>
#include <string_view>

#include "isthmus/arch/smmu.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::arch::smmu {

using EventRecord = std::array<u64, 4>;

namespace event {
using Number = BitField<0, 8>;
using StreamId = BitField<32, 32>;
using RnW = BitField<99 - 64>;             ///< in the second word; 1: a read
inline constexpr usize input_address = 2;  ///< the third word

struct Name {
    u8 number = 0;
    bool has_access = false;  ///< RnW and InputAddr are there
    std::string_view text;
};
inline constexpr std::array names = {
    Name{0x01, true, "F_UUT"},
    Name{0x02, false, "C_BAD_STREAMID"},
    Name{0x03, false, "F_STE_FETCH"},
    Name{0x04, false, "C_BAD_STE"},
    Name{0x05, false, "F_BAD_ATS_TREQ"},
    Name{0x06, false, "F_STREAM_DISABLED"},
    Name{0x07, true, "F_TRANSL_FORBIDDEN"},
    Name{0x08, false, "C_BAD_SUBSTREAMID"},
    Name{0x0b, true, "F_WALK_EABT"},
    Name{0x10, true, "F_TRANSLATION"},
    Name{0x11, true, "F_ADDR_SIZE"},
    Name{0x12, true, "F_ACCESS"},
    Name{0x13, true, "F_PERMISSION"},
    Name{0x20, true, "F_TLB_CONFLICT"},
};
}  // namespace event

constexpr DmaFault decode(const EventRecord& record) {
    DmaFault fault;
    fault.stream = static_cast<u32>(event::StreamId::get(record[0]));
    fault.event = static_cast<u8>(event::Number::get(record[0]));
    fault.name = "an unknown event";
    for (const event::Name& known : event::names) {
        if (known.number == fault.event) {
            fault.name = known.text;
            fault.has_access = known.has_access;
        }
    }
    if (fault.has_access) {
        fault.is_write = event::RnW::get(record[1]) == 0;
        fault.address = record[event::input_address];
    }
    return fault;
}

}  // namespace isthmus::arch::smmu
