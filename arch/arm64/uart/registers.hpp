// SPDX-License-Identifier: Apache-2.0
// One UART's registers, and how the bus wants them accessed. All a driver does to the machine goes
// through here; the drivers' unit tests bring registers of their own.
#pragma once

#include "isthmus/address.hpp"

namespace isthmus::arch {

class UartRegisters {
  public:
    constexpr UartRegisters() = default;
    /// `base`: where they are seen. Register n of a driver's table is at `base + (n << shift)` and
    /// accessed as `width` bytes: 1, 2 or 4.
    constexpr UartRegisters(HypAddress base, u8 shift, u8 width)
        : base_(base), shift_(shift), width_(width) {}

    u32 read(u64 offset) const;
    void write(u64 offset, u32 value) const;

  private:
    HypAddress base_;
    u8 shift_ = 0;
    u8 width_ = 4;
};

}  // namespace isthmus::arch
