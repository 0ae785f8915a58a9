// SPDX-License-Identifier: Apache-2.0
// The console's queue beside a UART that takes 87 us for a byte: nobody waits but who writes more
// than its part, all of it arrives, and in order.
#include "core/console/transmit.hpp"

#include <gtest/gtest.h>

#include <random>

#include "core/arm/vgic/vgic.hpp"
#include "core/console/console.hpp"
#include "core/entry_points.hpp"
#include "isthmus/log.hpp"
#include "tests/unit/support/booted_machine.hpp"
#include "tests/unit/support/console_reader.hpp"

namespace isthmus::core {
namespace {

using test::fake;

constexpr u64 uart = 0x2200'0000;
constexpr u64 dr = 0x00, fr = 0x18, ris = 0x3c;
constexpr u64 txff = 1 << 5, txfe = 1 << 7, tx = 1 << 5;
constexpr usize depth = 32;

class TransmitTest : public ::testing::Test {
  protected:
    TransmitTest() {
        log("start");  // ends what stands on the terminal
        drain();
        fake().take_output();
        fake().uart_depth = depth;
    }
    ~TransmitTest() override { drain(); }
    TransmitTest(const TransmitTest&) = delete;
    TransmitTest& operator=(const TransmitTest&) = delete;

    static void drain() {
        fake().uart_depth = 0;
        for (int i = 0; i < 1000; ++i) {
            on_console_room();
        }
    }
    /// The UART works on; its interrupt comes when its FIFO is half empty, where it is asked for.
    static void wait(u64 ticks) {
        const u64 end = fake().now + ticks;
        while (fake().now < end) {
            fake().now += fake().uart_byte_ticks;
            if (fake().room_enabled && fake().uart_level() <= depth / 2) {
                on_console_room();
            }
        }
    }
    static u64 read(Vcpu& vcpu, u64 offset) {
        return test::read_emulated(vcpu, GuestAddress(uart + offset));
    }
    static void write(Vcpu& vcpu, char byte) {
        EXPECT_TRUE(test::write_emulated(vcpu, GuestAddress(uart + dr), static_cast<u8>(byte)));
    }
    static bool is_full(Vcpu& vcpu) { return (read(vcpu, fr) & txff) != 0; }
    static void say(Vcpu& vcpu, std::string_view text) {
        for (const char c : text) {
            write(vcpu, c);
        }
    }

    static Vcpu& vcpu_of(usize domain) {
        test::booted();
        return domains()[domain].vcpus[0];
    }

    Vcpu& a = vcpu_of(0);
    Vcpu& b = vcpu_of(2);
};

TEST_F(TransmitTest, ALineWaitsInTheQueueAndNobodyForIt) {
    const u64 before = fake().now;
    log("a line that is longer than what the FIFO of the UART holds");
    EXPECT_LT(fake().now - before, fake().uart_byte_ticks);
    EXPECT_EQ(fake().output.size(), depth);
    EXPECT_TRUE(fake().room_enabled);
    wait(100 * fake().uart_byte_ticks);
    EXPECT_EQ(fake().take_output(),
              "isthmus| a line that is longer than what the FIFO of the UART holds\r\n");
    EXPECT_FALSE(fake().room_enabled);
}

TEST_F(TransmitTest, AGuestWhosePartIsFullIsToldByItsUartAndNobodyElse) {
    usize lines = 0;
    for (; lines < 1000 && !is_full(a); ++lines) {
        say(a, "a line of some 40 characters, as they are\n");
    }
    EXPECT_GT(lines, 10U);
    EXPECT_LT(lines, 100U);
    EXPECT_EQ(read(a, fr) & txfe, 0U);
    EXPECT_EQ(read(a, ris) & tx, 0U);
    EXPECT_FALSE(is_full(b));
    say(b, "hello\n");
    log("ours");
    EXPECT_FALSE(is_full(b));

    while (is_full(a)) {
        wait(fake().uart_byte_ticks);
        ASSERT_LT(fake().now, u64{10'000'000});
    }
    EXPECT_EQ(read(a, ris) & tx, tx);  // that it has run low is told
    wait(1'000'000);
    const test::ConsoleText all = test::read_console_text(fake().take_output());
    EXPECT_EQ(all.lines.at("domU1").size(), lines);
    EXPECT_EQ(all.lines.at("domU3"), std::vector<std::string>{"hello"});
    EXPECT_EQ(all.lines.at("isthmus"), std::vector<std::string>{"ours"});
}

TEST_F(TransmitTest, WhatIsSentToAFullUartIsLostAndCounted) {
    const u64 lost = domains()[0].console.lost_output();
    while (!is_full(a)) {
        say(a, "a line\n");
    }
    say(a, "xyz");
    EXPECT_EQ(domains()[0].console.lost_output(), lost + 3);
}

TEST_F(TransmitTest, OwnLinesAreNeverLost) {
    constexpr usize many = 600;  // more than Isthmus's part holds
    for (usize i = 0; i < many; ++i) {
        log("line {} of a flood of our own", i);
    }
    wait(10'000'000);
    const test::ConsoleText all = test::read_console_text(fake().take_output());
    ASSERT_EQ(all.lines.at("isthmus").size(), many);
    EXPECT_EQ(all.lines.at("isthmus")[many - 1], "line 599 of a flood of our own");
}

TEST_F(TransmitTest, AGuestsFullPartLeavesRoomForOurs) {
    while (!is_full(a)) {
        say(a, "a line\n");
    }
    const u64 before = fake().now;
    for (int i = 0; i < 100; ++i) {
        log("ours");
    }
    EXPECT_LT(fake().now - before, 100 * fake().uart_byte_ticks);
}

TEST_F(TransmitTest, AUartThatTakesNothingForASecondHoldsNobodyUp) {
    fake().uart_byte_ticks = 1'000'000'000;  // flow control
    while (!is_full(a)) {
        say(a, "a line\n");
    }
    const u64 dropped = transmit_bytes_dropped();
    fake().now += fake().frequency + 1;
    on_deadline(this_cpu());  // the look at a UART that may be stuck
    EXPECT_GT(transmit_bytes_dropped(), dropped);
    EXPECT_FALSE(is_full(a));
    fake().uart_byte_ticks = 87;
    fake().uart_empty_at = 0;
    fake().take_output();
    say(a, "again\n");
    EXPECT_NE(fake().take_output().find("again"), std::string::npos);
}

TEST_F(TransmitTest, WithoutAnInterruptATimerLooks) {
    // A UART that takes all that it is given raises none either: it has never been full.
    fake().uart_depth = 0;
    std::string text(3000, 'x');
    for (int i = 0; i < 12; ++i) {
        log("{}", std::string_view(text).substr(0, 250));
    }
    for (int i = 0; i < 100 && fake().here().deadline != ~u64{0}; ++i) {
        fake().now = std::max(fake().now, fake().here().deadline);
        on_deadline(this_cpu());
    }
    EXPECT_EQ(test::read_console_text(fake().take_output()).lines.at("isthmus").size(), 12U);
}

TEST_F(TransmitTest, EverybodysLinesArriveOnceAndInOrder) {
    std::mt19937 random(7);
    usize said_a = 0, said_b = 0, said_own = 0;
    std::string_view text_a, text_b;
    std::string line_a, line_b;
    for (int step = 0; step < 40'000; ++step) {
        switch (random() % 4) {
            case 0:
                if (text_a.empty()) {
                    line_a =
                        "a" + std::to_string(said_a++) + std::string(random() % 300, '.') + "\r\n";
                    text_a = line_a;
                }
                for (; !text_a.empty() && !is_full(a); text_a.remove_prefix(1)) {
                    write(a, text_a.front());
                }
                break;
            case 1:
                if (text_b.empty()) {
                    line_b = "b" + std::to_string(said_b++) + "\n";
                    text_b = line_b;
                }
                for (; !text_b.empty() && !is_full(b); text_b.remove_prefix(1)) {
                    write(b, text_b.front());
                }
                break;
            case 2:
                if (random() % 50 == 0) {
                    log("o{}", said_own++);
                }
                break;
            default:
                wait(random() % 3000);
        }
    }
    while (!text_a.empty() || !text_b.empty()) {
        for (; !text_a.empty() && !is_full(a); text_a.remove_prefix(1)) {
            write(a, text_a.front());
        }
        for (; !text_b.empty() && !is_full(b); text_b.remove_prefix(1)) {
            write(b, text_b.front());
        }
        wait(1000);
    }
    wait(3'000'000);
    test::ConsoleText all = test::read_console_text(fake().take_output());
    const auto expect_numbers = [](const std::vector<std::string>& lines, char name, usize count) {
        ASSERT_EQ(lines.size(), count);
        for (usize i = 0; i < count; ++i) {
            const std::string number = name + std::to_string(i);
            ASSERT_EQ(lines[i].substr(0, lines[i].find('.')), number);
        }
    };
    expect_numbers(all.lines["domU1"], 'a', said_a);
    expect_numbers(all.lines["domU3"], 'b', said_b);
    expect_numbers(all.lines["isthmus"], 'o', said_own);
    EXPECT_GT(said_a, 100U);
    EXPECT_GT(said_b, 100U);
}

}  // namespace
}  // namespace isthmus::core
