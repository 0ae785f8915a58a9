// SPDX-License-Identifier: Apache-2.0
// The Amlogic Meson UART (S905 Datasheet, section "UART").
#include "arch/arm64/uart/driver.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 wfifo = 0x00;
constexpr u64 rfifo = 0x04;
constexpr u64 control = 0x08;
constexpr u64 status = 0x0c;
constexpr u64 misc = 0x10;

namespace cr {
using TransmitEnable = BitField<12>;
using ReceiveEnable = BitField<13>;
using ReceiveInterrupt = BitField<27>;
using TransmitInterrupt = BitField<28>;
}  // namespace cr
namespace sr {
using ReceiveFifoEmpty = BitField<20>;
using TransmitFifoFull = BitField<21>;
}  // namespace sr
namespace mr {
using RecvIrqCnt = BitField<0, 8>;  // so many bytes raise the receive interrupt
using XmitIrqCnt = BitField<8, 8>;  // with fewer bytes to send the transmit interrupt is raised
}  // namespace mr

void change(const UartRegisters& registers, u64 offset, u64 clear, u64 set) {
    registers.write(offset, static_cast<u32>((registers.read(offset) & ~clear) | set));
}

void open(const UartRegisters& registers) {
    change(registers, control, cr::ReceiveInterrupt::mask | cr::TransmitInterrupt::mask,
           cr::TransmitEnable::mask | cr::ReceiveEnable::mask);
    constexpr u64 low = 32;  // the FIFO has 64 places, in some UARTs 128
    change(registers, misc, mr::RecvIrqCnt::mask | mr::XmitIrqCnt::mask,
           mr::RecvIrqCnt::of(1) | mr::XmitIrqCnt::of(low));
}

u32 room(const UartRegisters& registers) {
    return sr::TransmitFifoFull::get(registers.read(status)) == 0 ? 1 : 0;
}

void send(const UartRegisters& registers, u8 byte) {
    registers.write(wfifo, byte);
}

int receive(const UartRegisters& registers) {
    if (sr::ReceiveFifoEmpty::get(registers.read(status)) != 0) {
        return uart_nothing;
    }
    return static_cast<int>(registers.read(rfifo) & 0xff);
}

void listen(const UartRegisters& registers, UartInterrupts wanted) {
    change(registers, control, cr::ReceiveInterrupt::mask | cr::TransmitInterrupt::mask,
           (wanted.receive ? cr::ReceiveInterrupt::mask : 0) |
               (wanted.room ? cr::TransmitInterrupt::mask : 0));
}

/// The interrupt is there while bytes, or room, are: reading and sending end it.
void acknowledge(const UartRegisters&) {}

constexpr UartDriver meson_driver{"meson", open,   room,        send,
                                  receive, listen, acknowledge, acknowledge};
ISTHMUS_UART_DRIVER(meson_driver);

}  // namespace

}  // namespace isthmus::arch
