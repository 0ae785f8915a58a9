// SPDX-License-Identifier: Apache-2.0
// A UART in use: its driver, its registers, and what happened on it.
#pragma once

#include <string_view>

#include "arch/arm64/uart/driver.hpp"

namespace isthmus::arch {

/// Callers take turns: not locked.
class Uart {
  public:
    constexpr Uart() = default;

    void open(const UartDriver& driver, const UartRegisters& registers);
    /// Sends, once there is room. A UART that finds none for `patience` looks is held to be stuck:
    /// the byte is dropped and counted, and until there is room again so are others, at once.
    void put(u8 byte);
    /// Sends the first bytes, as many as there is room for now, `most` at most; how many.
    usize put_some(std::string_view bytes, usize most);
    /// The next received byte, or -1. Damaged ones are skipped.
    int get();
    /// These interrupts, and no others; that for room comes once the FIFO has been filled.
    void listen(UartInterrupts wanted);
    /// In the interrupt for room, before the FIFO is filled again.
    void acknowledge_room();
    /// In the interrupt, when all was read; what came meanwhile is read after it.
    void acknowledge();

    bool is_open() const { return driver_ != nullptr; }
    u64 dropped() const { return dropped_; }

    /// Some tenths of a second: a device register takes 100 ns or more to read, and a byte at 1200
    /// baud 8 ms to leave.
    static constexpr u32 patience = 1u << 22;

  private:
    bool wait_for_room() const;

    const UartDriver* driver_ = nullptr;
    UartRegisters registers_;
    bool stuck_ = false;
    u64 dropped_ = 0;
};

}  // namespace isthmus::arch
