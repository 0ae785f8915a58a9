// SPDX-License-Identifier: Apache-2.0
// The Synopsys DesignWare UART, DW_apb_uart: a 16550 that tells of a write to LCR while it was busy
// by an interrupt of its own, which ends when USR is read (Databook, chapter "Registers").
#include "arch/arm64/uart/uart_16550.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 usr = 31;
constexpr u32 id_busy_detect = 0x7;

void acknowledge(const UartRegisters& registers) {
    if (uart_16550::interrupt_id(registers) == id_busy_detect) {
        registers.read(usr);
    }
    uart_16550::acknowledge(registers);
}

void open(const UartRegisters& registers) {
    uart_16550::open(registers);
    acknowledge(registers);  // firmware's last words may still be leaving
}

constexpr UartDriver dw_apb_driver{"dw-apb",
                                   open,
                                   uart_16550::room,
                                   uart_16550::send,
                                   uart_16550::receive,
                                   uart_16550::listen,
                                   acknowledge,
                                   uart_16550::acknowledge_room};
ISTHMUS_UART_DRIVER(dw_apb_driver);

}  // namespace

}  // namespace isthmus::arch
