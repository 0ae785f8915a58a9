// SPDX-License-Identifier: Apache-2.0
// What a UART driver is. One driver a file, chosen by the tree's `compatible`; each works on
// registers that firmware has set up (baud rate and clocks stay as they are).
#pragma once

#include <string_view>

#include "isthmus/address.hpp"
#include "isthmus/arch.hpp"

namespace isthmus::arch {

class Uart {
  public:
    virtual bool drives(std::string_view compatible) const = 0;
    /// `registers`: mapped; called once.
    virtual void open(HypAddress registers, const ConsoleDevice& device) = 0;
    /// Waits for room, then sends.
    virtual void put(u8 byte) = 0;
    /// The next received byte, or -1.
    virtual int get() = 0;
    virtual void enable_receive_interrupt() = 0;

  protected:
    ~Uart() = default;
};

/// The drivers of this build.
Uart& pl011();

}  // namespace isthmus::arch
