// SPDX-License-Identifier: Apache-2.0
// What all UARTs have in common: waiting, but not for ever.
#include "arch/arm64/uart/uart.hpp"

#include <gtest/gtest.h>

#include "tests/unit/arch/fake_uart.hpp"

namespace isthmus::arch {
namespace {

using test::fake_uart;

/// A driver with two registers: 0 has the number of free places and takes bytes, 1 gives them.
constexpr u64 room = 0;
constexpr u64 data = 1;

constexpr UartDriver simple{
    .name = "simple",
    .open = [](const UartRegisters& registers) { registers.write(2, 1); },
    .room = [](const UartRegisters& registers) { return registers.read(room); },
    .send = [](const UartRegisters& registers, u8 byte) { registers.write(data, byte); },
    .receive =
        [](const UartRegisters& registers) { return static_cast<int>(registers.read(data)); },
    .listen =
        [](const UartRegisters& registers, UartInterrupts wanted) {
            registers.write(3, (wanted.receive ? 1 : 0) | (wanted.room ? 2 : 0));
        },
    .acknowledge = [](const UartRegisters& registers) { registers.write(4, 1); },
    .acknowledge_room = [](const UartRegisters& registers) { registers.write(5, 1); },
};

class UartTest : public ::testing::Test {
  protected:
    UartTest() {
        fake_uart() = {};
        uart.open(simple, UartRegisters());
    }
    Uart uart;
};

TEST_F(UartTest, OpensOnce) {
    EXPECT_TRUE(uart.is_open());
    EXPECT_EQ(fake_uart().written(2), std::vector<u32>{1});
    EXPECT_FALSE(Uart().is_open());
}

TEST_F(UartTest, WaitsForRoom) {
    u32 looks = 0;
    fake_uart().on_read = [&](u64) { return ++looks == 1000 ? 1u : 0u; };
    uart.put('x');
    EXPECT_EQ(looks, 1000U);
    EXPECT_EQ(fake_uart().written(data), std::vector<u32>{'x'});
    EXPECT_EQ(uart.dropped(), 0U);
}

TEST_F(UartTest, AStuckOneIsGivenUpAndCounted) {
    uart.put('a');
    EXPECT_EQ(fake_uart().reads, u64{Uart::patience});
    EXPECT_EQ(uart.dropped(), 1U);
    fake_uart().reads = 0;
    uart.put('b');  // no waiting again
    uart.put('c');
    EXPECT_EQ(fake_uart().reads, 2U);
    EXPECT_EQ(uart.dropped(), 3U);
    EXPECT_TRUE(fake_uart().written(data).empty());
}

TEST_F(UartTest, AStuckOneIsUsedAgainOnceItHasRoom) {
    uart.put('a');
    fake_uart().registers[room] = 1;
    uart.put('b');
    EXPECT_EQ(fake_uart().written(data), std::vector<u32>{'b'});
    fake_uart().registers[room] = 0;
    fake_uart().reads = 0;
    uart.put('c');  // with patience again
    EXPECT_EQ(fake_uart().reads, u64{Uart::patience});
    EXPECT_EQ(uart.dropped(), 2U);
}

TEST_F(UartTest, SendsAsManyAsThereIsRoomForAndNeverWaits) {
    u32 free_places = 3;
    fake_uart().on_read = [&](u64) { return free_places; };
    fake_uart().on_write = [&](u64 where, u32) { free_places -= where == data ? 1 : 0; };
    EXPECT_EQ(uart.put_some("abcde", 64), 3U);
    EXPECT_EQ(fake_uart().written(data), (std::vector<u32>{'a', 'b', 'c'}));
    EXPECT_EQ(fake_uart().reads, 2U);
    EXPECT_EQ(uart.put_some("de", 64), 0U);
    EXPECT_EQ(uart.dropped(), 0U);
}

TEST_F(UartTest, SendsNoMoreThanItIsToldEvenIfThereIsRoom) {
    fake_uart().registers[room] = 100;
    EXPECT_EQ(uart.put_some("abcde", 2), 2U);
    EXPECT_EQ(uart.put_some("cde", 64), 3U);
    EXPECT_EQ(fake_uart().written(data), (std::vector<u32>{'a', 'b', 'c', 'd', 'e'}));
}

TEST_F(UartTest, DamagedBytesAreSkipped) {
    int got[] = {uart_damaged, uart_damaged, 'x', uart_nothing};
    usize next = 0;
    fake_uart().on_read = [&](u64) { return static_cast<u32>(got[next++]); };
    EXPECT_EQ(uart.get(), 'x');
    EXPECT_EQ(uart.get(), -1);
}

TEST_F(UartTest, NothingButDamageEndsToo) {
    fake_uart().registers[data] = static_cast<u32>(uart_damaged);
    EXPECT_EQ(uart.get(), -1);
}

TEST_F(UartTest, InterruptsAreTheDrivers) {
    uart.listen({.receive = true});
    uart.acknowledge();
    uart.listen({.receive = true, .room = true});
    uart.acknowledge_room();
    uart.listen({});
    EXPECT_EQ(fake_uart().written(3), (std::vector<u32>{1, 3, 0}));
    EXPECT_EQ(fake_uart().written(4), std::vector<u32>{1});
    EXPECT_EQ(fake_uart().written(5), std::vector<u32>{1});
}

}  // namespace
}  // namespace isthmus::arch
