// SPDX-License-Identifier: Apache-2.0
// One SMMU's registers. All that its driver does to the machine goes through here, and through the
// memory that it was given; the driver's unit tests bring registers of their own.
#pragma once

#include "isthmus/address.hpp"

namespace isthmus::arch {

class SmmuRegisters {
  public:
    constexpr SmmuRegisters() = default;
    constexpr explicit SmmuRegisters(HypAddress base) : base_(base) {}

    u32 read32(u64 offset) const;
    u64 read64(u64 offset) const;
    void write32(u64 offset, u32 value) const;
    void write64(u64 offset, u64 value) const;
    /// Memory and registers before this are accessed before those after it (DSB SY).
    void order() const;

  private:
    HypAddress base_;
};

}  // namespace isthmus::arch
