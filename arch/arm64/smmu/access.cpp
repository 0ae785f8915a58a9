// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmu/access.hpp"

#include "arch/arm64/cpu/mmio.hpp"
#include "arch/arm64/cpu/sysreg.hpp"

namespace isthmus::arch {

u32 SmmuRegisters::read32(u64 offset) const {
    return isthmus::arch::read32(base_ + offset);
}

u64 SmmuRegisters::read64(u64 offset) const {
    return isthmus::arch::read64(base_ + offset);
}

void SmmuRegisters::write32(u64 offset, u32 value) const {
    isthmus::arch::write32(base_ + offset, value);
}

void SmmuRegisters::write64(u64 offset, u64 value) const {
    isthmus::arch::write64(base_ + offset, value);
}

void SmmuRegisters::order() const {
    dsb_sy();
}

}  // namespace isthmus::arch
