// SPDX-License-Identifier: Apache-2.0
// In place of arch/arm64/cpu/mmio.hpp: a write is posted, and has arrived when the register was
// read.
#pragma once

#include "isthmus/address.hpp"
#include "tests/unit/lagging/lagging_machine.hpp"

namespace isthmus::arch {

inline u8 read8(HypAddress address) {
    return static_cast<u8>(test::lagging().read_device(address.raw()));
}
inline u32 read32(HypAddress address) {
    return test::lagging().read_device(address.raw());
}
inline u64 read64(HypAddress address) {
    return test::lagging().read_device(address.raw());
}
inline void write8(HypAddress address, u8 value) {
    test::lagging().write_device(address.raw(), value);
}
inline void write32(HypAddress address, u32 value) {
    test::lagging().write_device(address.raw(), value);
}
inline void write64(HypAddress address, u64 value) {
    test::lagging().write_device(address.raw(), static_cast<u32>(value));
}

}  // namespace isthmus::arch
