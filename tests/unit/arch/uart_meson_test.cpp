// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/arch/fake_uart.hpp"

namespace isthmus::arch {
namespace {

using test::fake_uart;

constexpr u64 wfifo = 0x00, rfifo = 0x04, control = 0x08, status = 0x0c, misc = 0x10;
constexpr u32 tx_en = 1 << 12, rx_en = 1 << 13, rx_int = 1 << 27, tx_int = 1 << 28;
constexpr u32 rx_empty = 1 << 20, tx_full = 1 << 21;

class MesonUartTest : public ::testing::Test, protected test::UartDriverTest {
  protected:
    MesonUartTest() : UartDriverTest("meson") {
        fake_uart().on_write = [](u64 offset, u32 value) {
            if (offset == wfifo) {
                fake_uart().sent.push_back(value);
            }
        };
        fake_uart().on_read = [](u64 offset) -> u32 {
            if (offset == rfifo) {
                return fake_uart().next_received();
            }
            if (offset == status) {
                return (fake_uart().received.empty() ? rx_empty : 0) |
                       (fake_uart().sent.size() >= 64 ? tx_full : 0);
            }
            return fake_uart().registers[offset];
        };
    }
    ~MesonUartTest() override { fake_uart() = {}; }
    /// Raised while the FIFOs hold as many bytes, or fewer to send, as MISC says.
    static bool is_raised() {
        const u32 level = fake_uart().registers[misc] & 0xff;
        const u32 low = (fake_uart().registers[misc] >> 8) & 0xff;
        return ((fake_uart().registers[control] & rx_int) != 0 &&
                fake_uart().received.size() >= level) ||
               ((fake_uart().registers[control] & tx_int) != 0 && fake_uart().sent.size() < low);
    }
};

TEST_F(MesonUartTest, OpeningEnablesBothWaysAndMasksInterrupts) {
    fake_uart().registers[control] = rx_int | tx_int | 0x8000;  // two-wire mode: as found
    fake_uart().registers[misc] = 0x4010;
    open();
    EXPECT_EQ(fake_uart().registers[control], 0x8000 | tx_en | rx_en);
    EXPECT_EQ(fake_uart().registers[misc], 0x2001U);
    EXPECT_TRUE(fake_uart().written(0x14).empty());  // REG5: the baud rate
}

TEST_F(MesonUartTest, SendsUntilTheFifoIsFull) {
    int sent = 0;
    for (; sent < 1000 && has_room(); ++sent) {
        send('x');
    }
    EXPECT_EQ(sent, 64);
    EXPECT_EQ(fake_uart().sent.back(), u32{'x'});
}

TEST_F(MesonUartTest, ReceivesUntilTheFifoIsEmpty) {
    fake_uart().received = {'a', 0, 0xff};
    EXPECT_EQ(receive(), 'a');
    EXPECT_EQ(receive(), 0);
    EXPECT_EQ(receive(), 0xff);
    EXPECT_EQ(receive(), uart_nothing);
}

TEST_F(MesonUartTest, OneByteRaisesTheInterruptAndReadingItEndsIt) {
    open();
    listen(true);
    EXPECT_FALSE(is_raised());
    fake_uart().received = {'a'};
    EXPECT_TRUE(is_raised());
    acknowledge();
    EXPECT_EQ(receive(), 'a');
    EXPECT_FALSE(is_raised());
    fake_uart().received = {'b'};
    listen(false);
    EXPECT_FALSE(is_raised());
}

TEST_F(MesonUartTest, AFifoThatRunsLowRaisesTheInterrupt) {
    open();
    for (int i = 0; i < 64; ++i) {
        send('x');
    }
    listen_for_both();
    EXPECT_EQ(fake_uart().registers[control] & (rx_int | tx_int), rx_int | tx_int);
    EXPECT_FALSE(is_raised());
    fake_uart().sent.resize(31);
    EXPECT_TRUE(is_raised());
    acknowledge_room();
    EXPECT_TRUE(is_raised());  // until it is filled
    listen(true);
    EXPECT_FALSE(is_raised());
}

}  // namespace
}  // namespace isthmus::arch
