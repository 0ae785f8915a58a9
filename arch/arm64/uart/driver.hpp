// SPDX-License-Identifier: Apache-2.0
// What a UART driver is: a handful of functions over its registers, one driver a file, which lists
// itself: no other file of arch names it. Which nodes it is for, says fdt/uart_binding.cpp.
// Firmware has set the line up (clock, baud rate, format), and so it stays. No function waits.
#pragma once

#include <string_view>

#include "arch/arm64/uart/registers.hpp"

namespace isthmus::arch {

/// What UartDriver::receive gives besides a byte.
inline constexpr int uart_nothing = -1;  ///< the receive FIFO is empty
inline constexpr int uart_damaged = -2;  ///< taken off the FIFO: a break, or no byte as it was sent

/// What may raise the interrupt.
struct UartInterrupts {
    bool receive = false;  ///< there is a byte to read
    bool room = false;     ///< the transmit FIFO, filled before, has run low
};

struct UartDriver {
    std::string_view name;
    /// Both directions on, all interrupts off. Bytes in the FIFOs stay.
    void (*open)(const UartRegisters& registers);
    /// For so many bytes `send` has room at least.
    u32 (*room)(const UartRegisters& registers);
    void (*send)(const UartRegisters& registers, u8 byte);
    /// A byte, uart_nothing or uart_damaged.
    int (*receive)(const UartRegisters& registers);
    /// These, and no others.
    void (*listen)(const UartRegisters& registers, UartInterrupts wanted);
    /// Ends what keeps the interrupt raised besides bytes to read and room. Called when there was
    /// no byte; one that came just before may raise no interrupt then, so the caller looks once
    /// more.
    void (*acknowledge)(const UartRegisters& registers);
    /// Forgets that the FIFO ran low. Called before it is filled: it tells when it runs low again.
    void (*acknowledge_room)(const UartRegisters& registers);
};

/// Puts a driver where find_uart_driver looks: the linker collects them (isthmus.lds).
#define ISTHMUS_UART_DRIVER(driver) \
    [[gnu::section("uart_drivers"), \
      gnu::used]] constinit const ::isthmus::arch::UartDriver* const listed_##driver = &(driver)

/// The driver of this name, or null.
const UartDriver* find_uart_driver(std::string_view name);

}  // namespace isthmus::arch
