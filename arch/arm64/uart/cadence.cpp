// SPDX-License-Identifier: Apache-2.0
// The Cadence UART of Zynq and Zynq UltraScale+ (Xilinx UG1085, chapter 21; registers in UG1087).
#include "arch/arm64/uart/driver.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 control = 0x00;
constexpr u64 intrpt_en = 0x08;     // writing 1 lets an interrupt through
constexpr u64 intrpt_dis = 0x0c;    // writing 1 masks it
constexpr u64 chnl_int_sts = 0x14;  // latched; writing 1 clears
constexpr u64 rcvr_fifo_trigger_level = 0x20;
constexpr u64 channel_sts = 0x2c;
constexpr u64 tx_rx_fifo = 0x30;

namespace cr {
using Rxen = BitField<2>;
using Rxdis = BitField<3>;
using Txen = BitField<4>;
using Txdis = BitField<5>;
}  // namespace cr
/// Channel_sts.
namespace sr {
using Rempty = BitField<1>;  // receive FIFO empty
using Tful = BitField<4>;    // transmit FIFO full
}  // namespace sr
namespace interrupt {
using Rtrig = BitField<0>;   // the receive FIFO has as many bytes as the trigger level says
using Tempty = BitField<3>;  // the transmit FIFO has run empty
using All = BitField<0, 14>;
}  // namespace interrupt

void open(const UartRegisters& registers) {
    constexpr u32 off = cr::Rxdis::mask | cr::Txdis::mask;
    constexpr u32 on = cr::Rxen::mask | cr::Txen::mask;
    registers.write(intrpt_dis, interrupt::All::mask);
    registers.write(rcvr_fifo_trigger_level, 1);
    const u32 found = registers.read(control);
    if ((found & (on | off)) != on) {
        registers.write(control, (found & ~off) | on);
    }
}

u32 room(const UartRegisters& registers) {
    return sr::Tful::get(registers.read(channel_sts)) == 0 ? 1 : 0;
}

void send(const UartRegisters& registers, u8 byte) {
    registers.write(tx_rx_fifo, byte);
}

int receive(const UartRegisters& registers) {
    if (sr::Rempty::get(registers.read(channel_sts)) != 0) {
        return uart_nothing;
    }
    return static_cast<int>(registers.read(tx_rx_fifo) & 0xff);
}

void let_through(const UartRegisters& registers, u64 interrupts, bool on) {
    registers.write(on ? intrpt_en : intrpt_dis, static_cast<u32>(interrupts));
}

void listen(const UartRegisters& registers, UartInterrupts wanted) {
    let_through(registers, interrupt::Rtrig::mask, wanted.receive);
    let_through(registers, interrupt::Tempty::mask, wanted.room);
}

/// All that is latched but what the next filling waits for.
void acknowledge(const UartRegisters& registers) {
    registers.write(chnl_int_sts,
                    registers.read(chnl_int_sts) & ~static_cast<u32>(interrupt::Tempty::mask));
}

void acknowledge_room(const UartRegisters& registers) {
    registers.write(chnl_int_sts, interrupt::Tempty::mask);
}

constexpr UartDriver cadence_driver{"cadence", open,   room,        send,
                                    receive,   listen, acknowledge, acknowledge_room};
ISTHMUS_UART_DRIVER(cadence_driver);

}  // namespace

}  // namespace isthmus::arch
