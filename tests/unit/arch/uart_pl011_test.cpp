// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/arch/fake_uart.hpp"

namespace isthmus::arch {
namespace {

using test::fake_uart;

constexpr u64 uartdr = 0x00, uartfr = 0x18, uartcr = 0x30, uartimsc = 0x38, uarticr = 0x44;
constexpr u32 rxfe = 1 << 4, txff = 1 << 5;

class Pl011Test : public ::testing::Test, protected test::UartDriverTest {
  protected:
    explicit Pl011Test(const char* name = "pl011") : UartDriverTest(name) {
        fake_uart().on_read = [](u64 offset) {
            if (offset == uartfr && fake_uart().received.empty()) {
                return fake_uart().registers[uartfr] | rxfe;
            }
            return offset == uartdr ? fake_uart().next_received() : fake_uart().registers[offset];
        };
    }
};
class SbsaUartTest : public Pl011Test {
  protected:
    SbsaUartTest() : Pl011Test("sbsa") {}
};

TEST_F(Pl011Test, OpeningMasksInterruptsAndEnablesBothWays) {
    fake_uart().registers[uartcr] = 0xc000;  // CTS and RTS flow control: firmware's choice
    open();
    EXPECT_EQ(fake_uart().written(uartimsc), std::vector<u32>{0});
    EXPECT_EQ(fake_uart().written(uartcr), std::vector<u32>{0xc301});
}

TEST_F(Pl011Test, AnEnabledOneIsLeftAsItIs) {
    fake_uart().registers[uartcr] = 0x301;
    open();
    EXPECT_TRUE(fake_uart().written(uartcr).empty());
}

TEST_F(SbsaUartTest, HasNoControlRegister) {
    open();
    EXPECT_TRUE(fake_uart().written(uartcr).empty());
    EXPECT_EQ(fake_uart().written(uartimsc), std::vector<u32>{0});
}

TEST_F(Pl011Test, SendsWhileTheFifoIsNotFull) {
    EXPECT_TRUE(has_room());
    send('x');
    EXPECT_EQ(fake_uart().written(uartdr), std::vector<u32>{'x'});
    fake_uart().registers[uartfr] = txff;
    EXPECT_FALSE(has_room());
}

TEST_F(Pl011Test, ReceivesInOrderAndTellsDamage) {
    constexpr u32 framing = 1 << 8, parity = 1 << 9, line_break = 1 << 10, overrun = 1 << 11;
    fake_uart().received = {'a', 0xff, framing | 'b', parity | 'c', line_break, overrun | 'd'};
    EXPECT_EQ(receive(), 'a');
    EXPECT_EQ(receive(), 0xff);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), 'd');  // the byte is sound: later ones were lost
    EXPECT_EQ(receive(), uart_nothing);
}

TEST_F(Pl011Test, InterruptsForBytesAndForFewerThanTheLevel) {
    listen(true);
    acknowledge();
    listen(false);
    EXPECT_EQ(fake_uart().written(uartimsc), (std::vector<u32>{0x50, 0}));
    EXPECT_EQ(fake_uart().written(uarticr), std::vector<u32>{0x50});
}

TEST_F(Pl011Test, InterruptsForRoomBesideThoseForBytes) {
    listen_for_both();
    listen_for_room();
    acknowledge_room();
    acknowledge();  // leaves the latch of room, which may be new
    EXPECT_EQ(fake_uart().written(uartimsc), (std::vector<u32>{0x70, 0x20}));
    EXPECT_EQ(fake_uart().written(uarticr), (std::vector<u32>{0x20, 0x50}));
}

}  // namespace
}  // namespace isthmus::arch
