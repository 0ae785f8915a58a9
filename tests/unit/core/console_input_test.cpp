// SPDX-License-Identifier: Apache-2.0
// What is typed: to one guest at a time, moved on by the switch key three times.
#include <gtest/gtest.h>

#include "core/console/input.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/entry_points.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

GuestAddress register_of(const Vcpu& vcpu, u64 offset) {
    return vcpu.domain->plan->emulated[0].registers[0].start() + offset;
}
u64 read_uart(Vcpu& vcpu, u64 offset) {
    return test::read_emulated(vcpu, register_of(vcpu, offset));
}
bool write_uart(Vcpu& vcpu, u64 offset, u64 value) {
    return test::write_emulated(vcpu, register_of(vcpu, offset), value);
}

/// On the booted machine's own domains: domU1 and domU3 have a UART, domU2 has none.
class ConsoleInputTest : public ::testing::Test {
  protected:
    ConsoleInputTest() {
        test::booted();
        fake().input_enabled = true;
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
    /// The UART's interrupt, as long as Isthmus listens to it.
    static void interrupt() {
        fake().cpu = 0;
        if (fake().input_enabled) {
            on_console_input();
        }
    }
    static void let_patience_end() {
        fake().cpu = 0;
        fake().now += input_patience * fake().frequency;
        on_deadline(this_cpu());
    }
    /// At most so many bytes.
    static std::string read_some(usize index, usize bytes) {
        std::string text;
        for (; bytes != 0; --bytes) {
            text += static_cast<char>(read_uart(domains()[index].vcpus[0], 0));
        }
        return text;
    }
    /// Of `bytes` bytes, and unlike itself when any is lost or swapped.
    static std::string long_text(usize bytes) {
        std::string text;
        for (usize i = 0; i < bytes; ++i) {
            text += static_cast<char>('!' + i % 89);
        }
        return text;
    }
    /// Everything the guest can read from its UART.
    static std::string read_all(Domain& domain) {
        constexpr u64 uartdr = 0x00, uartfr = 0x18, rxfe = 1 << 4;
        std::string text;
        while (domain.console.takes_input() && (read_uart(domain.vcpus[0], uartfr) & rxfe) == 0) {
            text += static_cast<char>(read_uart(domain.vcpus[0], uartdr));
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
    type(key + key + key + key + key + key + "c");  // over Isthmus itself
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

constexpr usize in_uart = 256, kept = 4096;

TEST_F(ConsoleInputTest, WhatTheGuestHasNoRoomForStaysInTheMachinesUart) {
    const std::string text = long_text(20'000);
    type(text);
    EXPECT_FALSE(fake().input_enabled);
    const usize inside = text.size() - fake().typed.size();
    EXPECT_LE(inside, in_uart + kept);
    EXPECT_GT(inside, in_uart + kept - 4);
    std::string got = read_some(0, kept / 2 - 100);
    EXPECT_FALSE(fake().input_enabled);  // not for every byte
    while (got.size() != text.size()) {
        got += read_some(0, text.size() - got.size() < 100 ? text.size() - got.size() : 100);
        interrupt();
    }
    EXPECT_EQ(got, text);
    EXPECT_TRUE(fake().input_enabled);
    EXPECT_TRUE(fake().typed.empty());
    EXPECT_EQ(read_all(0), "");
}

TEST_F(ConsoleInputTest, AGuestThatNeverReadsLosesItsInputButNotTheSwitchKey) {
    const u64 lost = domains()[0].console.lost_input();
    const std::string text = long_text(10'000);
    type(text + key + key + key + "b");
    EXPECT_EQ(fake().take_output(), "");
    let_patience_end();
    EXPECT_EQ(fake().take_output(),
              "isthmus| domU1 reads no input: what is typed for it is dropped\r\n"
              "isthmus| input goes to domU3 (Ctrl-a three times moves it)\r\n");
    EXPECT_EQ(read_all(2), "b");
    EXPECT_TRUE(fake().input_enabled);
    const std::string got = read_all(0);
    EXPECT_EQ(got, text.substr(0, got.size()));
    EXPECT_EQ(domains()[0].console.lost_input() - lost, text.size() - got.size());
}

TEST_F(ConsoleInputTest, AGuestThatReadsAgainGetsWhatIsTypedThen) {
    type(long_text(10'000));
    let_patience_end();
    fake().take_output();
    read_all(0);
    type("hello");
    EXPECT_EQ(read_all(0), "hello");
    EXPECT_EQ(fake().take_output(), "");
}

TEST_F(ConsoleInputTest, ASlowGuestIsNotGivenUp) {
    const u64 lost = domains()[0].console.lost_input();
    const std::string text = long_text(10'000);
    type(text);
    std::string got;
    for (int i = 0; i < 5; ++i) {
        got += read_some(0, 1);
        let_patience_end();
        EXPECT_FALSE(fake().input_enabled);
    }
    EXPECT_EQ(fake().take_output(), "");
    while (got.size() != text.size()) {
        got += read_some(0, 1);
        interrupt();
    }
    EXPECT_EQ(got, text);
    EXPECT_EQ(domains()[0].console.lost_input(), lost);
    EXPECT_TRUE(fake().input_enabled);
}

TEST_F(ConsoleInputTest, AnEndedPauseIsNotHeldAgainstTheGuest) {
    type(long_text(5'000));
    EXPECT_FALSE(fake().input_enabled);
    read_all(0);
    interrupt();
    read_all(0);
    let_patience_end();
    EXPECT_EQ(fake().take_output(), "");
}

TEST_F(ConsoleInputTest, AGuestThatStopsHoldsNobodyUp) {
    Domain& domain = domains()[0];
    const auto state = domain.state.load();
    type(long_text(10'000) + key + key + key + "b");
    domain.state.store(Domain::State::stopping);
    resume_input();
    interrupt();
    EXPECT_EQ(read_all(2), "b");
    domain.state.store(state);
}

TEST(VuartLine, RisesWithInputAndFallsWhenAllIsRead) {
    constexpr u64 uartdr = 0x00, uartimsc = 0x38, rx_and_tx = 0x30, uarticr = 0x44;
    test::FreshGuest guest;
    const u32 intid = guest.domain.plan->emulated[0].interrupts[0];
    const auto is_pending = [&] {
        const u64 word =
            *guest.domain.vgic.read_distributor(*guest.vcpu().vgic, 0x200 + intid / 32 * 4, 4);
        return ((word >> (intid % 32)) & 1) != 0;
    };
    EXPECT_TRUE(write_uart(guest.vcpu(), uartimsc, rx_and_tx));
    EXPECT_FALSE(is_pending());
    guest.domain.console.type('x');
    EXPECT_TRUE(is_pending());
    EXPECT_EQ(read_uart(guest.vcpu(), uartdr), u64{'x'});
    EXPECT_FALSE(is_pending());
    EXPECT_TRUE(write_uart(guest.vcpu(), uartdr, '\n'));
    EXPECT_TRUE(is_pending());
    EXPECT_TRUE(write_uart(guest.vcpu(), uarticr, rx_and_tx));
    EXPECT_FALSE(is_pending());
}

}  // namespace
}  // namespace isthmus::core
