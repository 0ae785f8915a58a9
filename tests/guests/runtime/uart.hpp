// SPDX-License-Identifier: Apache-2.0
// PL011 (Arm DDI 0183), or the part of it that the SBSA calls the generic UART.
#pragma once

#include <optional>
#include <string_view>

#include "isthmus/types.hpp"
#include "runtime/mmio.hpp"
#include "runtime/tree.hpp"

namespace isthmus::guest {

class Uart {
  public:
    static constexpr u64 data = 0x00;
    static constexpr u64 flags = 0x18;
    static constexpr u64 control = 0x30;          // PL011 only
    static constexpr u64 interrupt_mask = 0x38;   // UARTIMSC
    static constexpr u64 masked_status = 0x40;    // UARTMIS
    static constexpr u64 interrupt_clear = 0x44;  // UARTICR
    static constexpr u32 receive_empty = 1u << 4;
    static constexpr u32 transmit_full = 1u << 5;
    static constexpr u32 receive_interrupt = 1u << 4;
    static constexpr u32 transmit_interrupt = 1u << 5;
    static constexpr u32 receive_timeout = 1u << 6;

    /// The tree's UART, whatever its name; none leaves the guest without a voice.
    bool open(const Tree& tree);

    u64 base() const { return base_; }
    u32 intid() const { return intid_; }
    void put(char c) const {
        if (base_ == 0) {
            return;
        }
        while ((read32(base_ + flags) & transmit_full) != 0) {
        }
        write32(base_ + data, static_cast<u8>(c));
    }
    std::optional<char> get() const {
        if ((read32(base_ + flags) & receive_empty) != 0) {
            return std::nullopt;
        }
        return static_cast<char>(read32(base_ + data) & 0xff);
    }
    void set_interrupts(u32 mask) const { write32(base_ + interrupt_mask, mask); }

  private:
    u64 base_ = 0;
    u32 intid_ = 0;
};

}  // namespace isthmus::guest
