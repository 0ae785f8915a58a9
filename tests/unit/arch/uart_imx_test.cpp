// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/arch/fake_uart.hpp"

namespace isthmus::arch {
namespace {

using test::fake_uart;

constexpr u64 urxd = 0x00, utxd = 0x40, ucr1 = 0x80, ucr2 = 0x84, ucr3 = 0x88, ucr4 = 0x8c,
              ufcr = 0x90, usr2 = 0x98, ubir = 0xa4, ubmr = 0xa8, uts = 0xb4;
constexpr u32 charrdy = 1 << 15, txfull = 1 << 4, rdr = 1, dren = 1;

class ImxUartTest : public ::testing::Test, protected test::UartDriverTest {
  protected:
    ImxUartTest() : UartDriverTest("imx") {
        fake_uart().on_read = [](u64 offset) -> u32 {
            if (offset == urxd) {
                return charrdy | fake_uart().next_received();
            }
            if (offset == usr2) {
                return fake_uart().received.empty() ? 0 : rdr;
            }
            return fake_uart().registers[offset];
        };
    }
    ~ImxUartTest() override { fake_uart() = {}; }
    static bool is_raised() {
        return (fake_uart().registers[ucr4] & dren) != 0 && !fake_uart().received.empty();
    }
};

TEST_F(ImxUartTest, OpeningEnablesBothWaysAndNoInterruptOrDma) {
    for (const u64 offset : {ucr1, ucr2, ucr3, ucr4}) {
        fake_uart().registers[offset] = 0xffff;
    }
    open();
    // What is left: no interrupt and no DMA request; line format, flow control and levels as found.
    EXPECT_EQ(fake_uart().registers[ucr1], 0x4c93U);
    EXPECT_EQ(fake_uart().registers[ucr2], 0x7fe7U);
    EXPECT_EQ(fake_uart().registers[ucr3], 0xc786U);
    EXPECT_EQ(fake_uart().registers[ucr4], 0xfe30U);
    for (const u64 offset : {ufcr, ubir, ubmr}) {
        EXPECT_TRUE(fake_uart().written(offset).empty()) << offset;
    }
}

TEST_F(ImxUartTest, OneThatIsOffIsTurnedOn) {
    open();
    EXPECT_EQ(fake_uart().registers[ucr1], 1U);
    EXPECT_EQ(fake_uart().registers[ucr2], 6U);
}

TEST_F(ImxUartTest, SendsWhileTheFifoIsNotFull) {
    EXPECT_TRUE(has_room());
    send('x');
    EXPECT_EQ(fake_uart().written(utxd), std::vector<u32>{'x'});
    fake_uart().registers[uts] = txfull;
    EXPECT_FALSE(has_room());
}

TEST_F(ImxUartTest, ReceivesInOrderAndTellsDamage) {
    constexpr u32 err = 1 << 14, overrun = 1 << 13, framing = 1 << 12, line_break = 1 << 11,
                  parity = 1 << 10;
    fake_uart().received = {
        'a', 0xff, err | framing | 'b', err | line_break, err | parity | 'c', err | overrun | 'd'};
    EXPECT_EQ(receive(), 'a');
    EXPECT_EQ(receive(), 0xff);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), 'd');
    EXPECT_EQ(receive(), uart_nothing);
}

TEST_F(ImxUartTest, OneByteRaisesTheInterruptAndReadingItEndsIt) {
    fake_uart().registers[ucr4] = 0x8000;  // CTSTL as found
    open();
    listen(true);
    EXPECT_EQ(fake_uart().registers[ucr4], 0x8001U);
    fake_uart().received = {'a'};
    EXPECT_TRUE(is_raised());
    acknowledge();
    EXPECT_EQ(receive(), 'a');
    EXPECT_FALSE(is_raised());
    listen(false);
    fake_uart().received = {'b'};
    EXPECT_FALSE(is_raised());
    EXPECT_EQ(fake_uart().registers[ucr4], 0x8000U);
}

TEST_F(ImxUartTest, TheInterruptForRoomIsTransmitterReady) {
    constexpr u32 trdyen = 1 << 13;
    open();
    const u32 found = fake_uart().registers[ucr1];
    listen_for_both();
    EXPECT_EQ(fake_uart().registers[ucr1], found | trdyen);
    EXPECT_EQ(fake_uart().registers[ucr4] & dren, dren);
    listen_for_room();
    EXPECT_EQ(fake_uart().registers[ucr4] & dren, 0U);
    listen(true);
    EXPECT_EQ(fake_uart().registers[ucr1], found);
}

}  // namespace
}  // namespace isthmus::arch
