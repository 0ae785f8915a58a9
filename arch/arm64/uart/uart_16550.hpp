// SPDX-License-Identifier: Apache-2.0
// What the 16550 and the kinds that grew from it share. Offsets are numbers of registers: how far
// apart they stand is the node's `reg-shift`.
#pragma once

#include "arch/arm64/uart/driver.hpp"

namespace isthmus::arch::uart_16550 {

void open(const UartRegisters& registers);
u32 room(const UartRegisters& registers);
void send(const UartRegisters& registers, u8 byte);
int receive(const UartRegisters& registers);
void listen(const UartRegisters& registers, UartInterrupts wanted);
void acknowledge(const UartRegisters& registers);
void acknowledge_room(const UartRegisters& registers);

/// IIR's identification of the interrupt, which has the highest priority of those pending.
u32 interrupt_id(const UartRegisters& registers);

}  // namespace isthmus::arch::uart_16550
