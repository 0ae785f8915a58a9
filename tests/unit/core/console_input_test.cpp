// SPDX-License-Identifier: Apache-2.0
// What is typed: to one guest at a time, moved on by the switch key three times.
#include <gtest/gtest.h>

#include "core/console.hpp"
#include "core/entry_points.hpp"
#include "core/vuart.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

/// On the booted machine's own domains: domU1 and domU3 have a UART, domU2 has none.
class ConsoleInputTest : public ::testing::Test {
  protected:
    ConsoleInputTest() {
        test::booted();
        for (Domain& domain : domains()) {
            read_all(domain);
        }
        start_input('a');
        fake().take_output();
    }
    static void type(std::string_view text) {
        fake().typed.insert(fake().typed.end(), text.begin(), text.end());
        on_console_input();
    }
    /// Everything the guest can read from its UART.
    static std::string read_all(Domain& domain) {
        constexpr u64 uartdr = 0x00, uartfr = 0x18, rxfe = 1 << 4;
        std::string text;
        while (domain.plan->uart && (*read_vuart(domain.vcpus[0], uartfr, 4) & rxfe) == 0) {
            text += static_cast<char>(*read_vuart(domain.vcpus[0], uartdr, 4));
        }
        return text;
    }
    static std::string read_all(usize index) { return read_all(domains()[index]); }

    const std::string key = "\x01";  // Ctrl-a
};

TEST_F(ConsoleInputTest, TheFirstGuestWithAUartHasTheInput) {
    type("ls\r");
    EXPECT_EQ(read_all(0), "ls\r");
    EXPECT_EQ(read_all(2), "");
}

TEST_F(ConsoleInputTest, ThreeTimesTheKeyMovesOnOverWhoHasNoUart) {
    type("a" + key + key + key + "b");
    EXPECT_EQ(read_all(0), "a");
    EXPECT_EQ(read_all(2), "b");
    EXPECT_EQ(fake().take_output(),
              "isthmus| input goes to domU3 (Ctrl-a three times moves it)\r\n");
    type(key + key + key + "c");
    EXPECT_EQ(read_all(0), "c");
    EXPECT_NE(fake().take_output().find("domU1"), std::string::npos);
}

TEST_F(ConsoleInputTest, FewerPressesAreTheGuests) {
    type(key + "x" + key + key + "y");
    EXPECT_EQ(read_all(0), key + "x" + key + key + "y");
    type(key + key);
    EXPECT_EQ(read_all(0), "");  // not decided yet
    type("z");
    EXPECT_EQ(read_all(0), key + key + "z");
}

TEST_F(ConsoleInputTest, AnotherKeyMayBeChosen) {
    start_input('q');
    fake().take_output();
    type(key + key + key);
    EXPECT_EQ(read_all(0), key + key + key);
    type("\x11\x11\x11!");
    EXPECT_EQ(read_all(2), "!");
    EXPECT_NE(fake().take_output().find("Ctrl-q"), std::string::npos);
}

TEST_F(ConsoleInputTest, WhatTheUartHasNoRoomForIsKeptInOrder) {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        text += static_cast<char>('!' + i % 90);
    }
    type(text);
    EXPECT_EQ(read_all(0), text);
    EXPECT_EQ(domains()[0].console.lost_input(), 0U);
}

TEST_F(ConsoleInputTest, MoreThanIsKeptIsLostAndCounted) {
    type(std::string(256 + 4096 + 10, 'x'));
    EXPECT_EQ(read_all(0).size(), 256U + 4096U);
    EXPECT_EQ(domains()[0].console.lost_input(), 10U);
}

TEST(VuartLine, RisesWithInputAndFallsWhenAllIsRead) {
    constexpr u64 uartdr = 0x00, uartimsc = 0x38, rx_and_tx = 0x30, uarticr = 0x44;
    test::FreshGuest guest;
    const u32 intid = guest.domain.plan->uart->intid;
    const auto is_pending = [&] {
        const u64 word =
            *guest.domain.vgic.read_distributor(*guest.vcpu().vgic, 0x200 + intid / 32 * 4, 4);
        return ((word >> (intid % 32)) & 1) != 0;
    };
    EXPECT_TRUE(write_vuart(guest.vcpu(), uartimsc, 4, rx_and_tx));
    EXPECT_FALSE(is_pending());
    guest.domain.console.type(guest.domain, 'x');
    EXPECT_TRUE(is_pending());
    EXPECT_EQ(*read_vuart(guest.vcpu(), uartdr, 4), u64{'x'});
    EXPECT_FALSE(is_pending());
    EXPECT_TRUE(write_vuart(guest.vcpu(), uartdr, 4, '\n'));
    EXPECT_TRUE(is_pending());
    EXPECT_TRUE(write_vuart(guest.vcpu(), uarticr, 4, rx_and_tx));
    EXPECT_FALSE(is_pending());
}

}  // namespace
}  // namespace isthmus::core
