// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/uart/registers.hpp"

#include "arch/arm64/cpu/mmio.hpp"

namespace isthmus::arch {

u32 UartRegisters::read(u64 offset) const {
    const HypAddress address = base_ + (offset << shift_);
    switch (width_) {
        case 1:
            return read8(address);
        case 2:
            return read16(address);
        default:
            return read32(address);
    }
}

void UartRegisters::write(u64 offset, u32 value) const {
    const HypAddress address = base_ + (offset << shift_);
    switch (width_) {
        case 1:
            return write8(address, static_cast<u8>(value));
        case 2:
            return write16(address, static_cast<u16>(value));
        default:
            return write32(address, value);
    }
}

}  // namespace isthmus::arch
