// SPDX-License-Identifier: Apache-2.0
// The i.MX UART (NXP i.MX 6Dual/6Quad and i.MX 8M Reference Manuals, chapter "UART").
#include "arch/arm64/uart/driver.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 urxd = 0x00;
constexpr u64 utxd = 0x40;
constexpr u64 ucr1 = 0x80;
constexpr u64 ucr2 = 0x84;
constexpr u64 ucr3 = 0x88;
constexpr u64 ucr4 = 0x8c;
constexpr u64 usr2 = 0x98;
constexpr u64 uts = 0xb4;

namespace received {
using Prerr = BitField<10>;   // parity error
using Brk = BitField<11>;     // break
using Frmerr = BitField<12>;  // framing error
}  // namespace received
/// UCR1: the module, its interrupts and DMA requests.
namespace control1 {
using Uarten = BitField<0>;
using Atdmaen = BitField<2>;
using Txdmaen = BitField<3>;
using Rtsden = BitField<5>;
using Txmptyen = BitField<6>;
using Rxdmaen = BitField<8>;
using Rrdyen = BitField<9>;
using Iden = BitField<12>;
using Trdyen = BitField<13>;  // interrupt: the transmit FIFO is below its level
using Aden = BitField<15>;    // automatic baud rate detection has ended
constexpr u64 requests = Atdmaen::mask | Txdmaen::mask | Rtsden::mask | Txmptyen::mask |
                         Rxdmaen::mask | Rrdyen::mask | Iden::mask | Trdyen::mask | Aden::mask;
}  // namespace control1
namespace control2 {
using Rxen = BitField<1>;
using Txen = BitField<2>;
using Aten = BitField<3>;   // interrupt: bytes below the trigger level have aged
using Rtsen = BitField<4>;  // interrupt: the RTS pin changed
using Esci = BitField<15>;  // interrupt: escape sequence
constexpr u64 requests = Aten::mask | Rtsen::mask | Esci::mask;
}  // namespace control2
namespace control3 {
using Acien = BitField<0>;
using Dtrden = BitField<3>;
using Awaken = BitField<4>;
using Airinten = BitField<5>;
using Rxdsen = BitField<6>;
using Fraerren = BitField<11>;
using Parerren = BitField<12>;
using Dtren = BitField<13>;
constexpr u64 requests = Acien::mask | Dtrden::mask | Awaken::mask | Airinten::mask | Rxdsen::mask |
                         Fraerren::mask | Parerren::mask | Dtren::mask;
}  // namespace control3
namespace control4 {
using Dren = BitField<0>;  // interrupt: at least one byte is there (USR2.RDR)
using Oren = BitField<1>;
using Bken = BitField<2>;
using Tcen = BitField<3>;
using Iddmaen = BitField<6>;
using Wken = BitField<7>;
using Eniri = BitField<8>;
constexpr u64 requests =
    Dren::mask | Oren::mask | Bken::mask | Tcen::mask | Iddmaen::mask | Wken::mask | Eniri::mask;
}  // namespace control4
namespace status2 {
using Rdr = BitField<0>;  // receive data ready
}  // namespace status2
namespace test {
using Txfull = BitField<4>;
}  // namespace test

void change(const UartRegisters& registers, u64 offset, u64 clear, u64 set) {
    registers.write(offset, static_cast<u32>((registers.read(offset) & ~clear) | set));
}

void open(const UartRegisters& registers) {
    change(registers, ucr1, control1::requests, control1::Uarten::mask);
    change(registers, ucr2, control2::requests, control2::Rxen::mask | control2::Txen::mask);
    change(registers, ucr3, control3::requests, 0);
    change(registers, ucr4, control4::requests, 0);
}

u32 room(const UartRegisters& registers) {
    return test::Txfull::get(registers.read(uts)) == 0 ? 1 : 0;
}

void send(const UartRegisters& registers, u8 byte) {
    registers.write(utxd, byte);
}

int receive(const UartRegisters& registers) {
    constexpr u64 damage = received::Prerr::mask | received::Brk::mask | received::Frmerr::mask;
    if (status2::Rdr::get(registers.read(usr2)) == 0) {
        return uart_nothing;
    }
    const u32 data = registers.read(urxd);
    return (data & damage) != 0 ? uart_damaged : static_cast<int>(data & 0xff);
}

void listen(const UartRegisters& registers, UartInterrupts wanted) {
    change(registers, ucr4, control4::Dren::mask, wanted.receive ? control4::Dren::mask : 0);
    change(registers, ucr1, control1::Trdyen::mask, wanted.room ? control1::Trdyen::mask : 0);
}

/// Reading and sending end what this driver has enabled.
void acknowledge(const UartRegisters&) {}

constexpr UartDriver imx_driver{"imx", open, room, send, receive, listen, acknowledge, acknowledge};
ISTHMUS_UART_DRIVER(imx_driver);

}  // namespace

}  // namespace isthmus::arch
