// SPDX-License-Identifier: Apache-2.0
// The 16550 UART (National Semiconductor PC16550D, section 8).
#include "arch/arm64/uart/uart_16550.hpp"

#include "isthmus/bits.hpp"

namespace isthmus::arch {
namespace uart_16550 {
namespace {

constexpr u64 rbr_thr = 0;  // receiver buffer, transmitter holding
constexpr u64 ier = 1;
constexpr u64 iir_fcr = 2;  // interrupt identification when read, FIFO control when written
constexpr u64 lcr = 3;
constexpr u64 mcr = 4;
constexpr u64 lsr = 5;

namespace interrupt_enable {
using Erbfi = BitField<0>;  // received data, and those that wait below the trigger level
using Etbei = BitField<1>;  // the transmitter has run empty; also when it is when this is set
}  // namespace interrupt_enable
namespace interrupt_identification {
using Id = BitField<0, 4>;     // 1: none
using Fifos = BitField<6, 2>;  // 3: there are FIFOs, and they work
}  // namespace interrupt_identification
namespace fifo_control {
using FifoEnable = BitField<0>;  // trigger level 0: one byte
}  // namespace fifo_control
namespace line_control {
using Dlab = BitField<7>;  // the divisor latch is seen in place of registers 0 and 1
}  // namespace line_control
namespace modem_control {
using Out2 = BitField<3>;  // lets the interrupt out, where it is wired as in a PC
}  // namespace modem_control
namespace line_status {
using Dr = BitField<0>;    // data ready
using Pe = BitField<2>;    // parity error
using Fe = BitField<3>;    // framing error
using Bi = BitField<4>;    // break
using Thre = BitField<5>;  // transmitter holding register, or transmit FIFO, empty
}  // namespace line_status

constexpr u32 id_line_status = 0x6;
constexpr u32 id_timeout = 0xc;

bool is_ready(const UartRegisters& registers) {
    return line_status::Dr::get(registers.read(lsr)) != 0;
}

}  // namespace

u32 interrupt_id(const UartRegisters& registers) {
    return static_cast<u32>(interrupt_identification::Id::get(registers.read(iir_fcr)));
}

void open(const UartRegisters& registers) {
    const u32 line = registers.read(lcr);
    if (line_control::Dlab::get(line) != 0) {
        registers.write(lcr, static_cast<u32>(line_control::Dlab::set(line, 0)));
    }
    registers.write(ier, 0);
    registers.write(iir_fcr, fifo_control::FifoEnable::mask);
}

/// An empty FIFO has room for 16, but only the holding register is there in all.
u32 room(const UartRegisters& registers) {
    if (line_status::Thre::get(registers.read(lsr)) == 0) {
        return 0;
    }
    constexpr u64 work = 3;
    constexpr u32 depth = 16;
    return interrupt_identification::Fifos::get(registers.read(iir_fcr)) == work ? depth : 1;
}

void send(const UartRegisters& registers, u8 byte) {
    registers.write(rbr_thr, byte);
}

int receive(const UartRegisters& registers) {
    constexpr u64 damage = line_status::Pe::mask | line_status::Fe::mask | line_status::Bi::mask;
    const u32 status = registers.read(lsr);
    if (line_status::Dr::get(status) == 0) {
        return uart_nothing;
    }
    const u32 byte = registers.read(rbr_thr) & 0xff;
    return (status & damage) != 0 ? uart_damaged : static_cast<int>(byte);
}

void listen(const UartRegisters& registers, UartInterrupts wanted) {
    if (wanted.receive || wanted.room) {
        const u32 modem = registers.read(mcr);
        registers.write(mcr, static_cast<u32>(modem | modem_control::Out2::mask));
    }
    registers.write(ier, static_cast<u32>((wanted.receive ? interrupt_enable::Erbfi::mask : 0) |
                                          (wanted.room ? interrupt_enable::Etbei::mask : 0)));
}

void acknowledge(const UartRegisters& registers) {
    switch (interrupt_id(registers)) {
        case id_line_status:
            registers.read(lsr);
            break;
        case id_timeout:
            // Some raise it with no byte there; reading the buffer ends it.
            if (!is_ready(registers)) {
                registers.read(rbr_thr);
            }
            break;
        default:
            break;
    }
}

/// A byte in the transmitter ends it.
void acknowledge_room(const UartRegisters&) {}

}  // namespace uart_16550

namespace {

constexpr UartDriver ns16550_driver{
    "ns16550",           uart_16550::open,   uart_16550::room,        uart_16550::send,
    uart_16550::receive, uart_16550::listen, uart_16550::acknowledge, uart_16550::acknowledge_room};
ISTHMUS_UART_DRIVER(ns16550_driver);

}  // namespace

}  // namespace isthmus::arch
