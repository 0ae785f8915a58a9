// SPDX-License-Identifier: Apache-2.0
// Arm PL011 (Arm DDI 0183, chapter 3) and the SBSA generic UART (Arm DEN 0029, appendix B), which
// has the registers below but UARTCR.
#include "arch/arm64/uart/driver.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 uartdr = 0x00;
constexpr u64 uartfr = 0x18;
constexpr u64 uartcr = 0x30;
constexpr u64 uartimsc = 0x38;
constexpr u64 uarticr = 0x44;

namespace dr {
using Data = BitField<0, 8>;
using Fe = BitField<8>;   // framing error
using Pe = BitField<9>;   // parity error
using Be = BitField<10>;  // break
}  // namespace dr
namespace fr {
using Rxfe = BitField<4>;  // receive FIFO empty
using Txff = BitField<5>;  // transmit FIFO full
}  // namespace fr
namespace cr {
using Uarten = BitField<0>;
using Txe = BitField<8>;
using Rxe = BitField<9>;
}  // namespace cr
/// The same positions in UARTIMSC, UARTRIS, UARTMIS and UARTICR.
namespace interrupt {
using Rx = BitField<4>;
using Tx = BitField<5>;  // the FIFO has fallen to its level; latched when it passes it (2.8)
using Rt = BitField<6>;  // receive timeout: fewer bytes wait than raise Rx
}  // namespace interrupt

constexpr u32 receive_interrupts = interrupt::Rx::mask | interrupt::Rt::mask;

void open_sbsa(const UartRegisters& registers) {
    registers.write(uartimsc, 0);
}

void open_pl011(const UartRegisters& registers) {
    constexpr u32 enabled = cr::Uarten::mask | cr::Txe::mask | cr::Rxe::mask;
    open_sbsa(registers);
    const u32 control = registers.read(uartcr);
    if ((control & enabled) != enabled) {
        registers.write(uartcr, control | enabled);
    }
}

u32 room(const UartRegisters& registers) {
    return fr::Txff::get(registers.read(uartfr)) == 0 ? 1 : 0;
}

void send(const UartRegisters& registers, u8 byte) {
    registers.write(uartdr, byte);
}

int receive(const UartRegisters& registers) {
    constexpr u64 damage = dr::Fe::mask | dr::Pe::mask | dr::Be::mask;
    if (fr::Rxfe::get(registers.read(uartfr)) != 0) {
        return uart_nothing;
    }
    const u32 data = registers.read(uartdr);
    return (data & damage) != 0 ? uart_damaged : static_cast<int>(dr::Data::get(data));
}

void listen(const UartRegisters& registers, UartInterrupts wanted) {
    registers.write(uartimsc, (wanted.receive ? receive_interrupts : 0) |
                                  (wanted.room ? static_cast<u32>(interrupt::Tx::mask) : 0));
}

void acknowledge(const UartRegisters& registers) {
    registers.write(uarticr, receive_interrupts);
}

void acknowledge_room(const UartRegisters& registers) {
    registers.write(uarticr, interrupt::Tx::mask);
}

constexpr UartDriver pl011_driver{"pl011", open_pl011, room,        send,
                                  receive, listen,     acknowledge, acknowledge_room};
ISTHMUS_UART_DRIVER(pl011_driver);
constexpr UartDriver sbsa_driver{"sbsa",  open_sbsa, room,        send,
                                 receive, listen,    acknowledge, acknowledge_room};
ISTHMUS_UART_DRIVER(sbsa_driver);

}  // namespace

}  // namespace isthmus::arch
