// SPDX-License-Identifier: Apache-2.0
// The GPIO block's registers (Arm DDI 0190), as a driver and as a hostile guest use them.
#include "core/device/gpio.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace isthmus::core {
namespace {

constexpr u64 dir = 0x400, is = 0x404, ibe = 0x408, iev = 0x40c, ie = 0x410, ris = 0x414,
              mis = 0x418, ic = 0x41c, afsel = 0x420;
constexpr u64 data_of(u8 mask) {
    return u64{mask} << 2;
}

class GpioTest : public ::testing::Test {
  protected:
    u64 read(u64 offset) { return block.read(offset); }
    u8 write(u64 offset, u64 value) { return block.write(offset, value); }
    GpioRegisters block;
};

TEST_F(GpioTest, AFreshOneHasInputsOnlyAndIsQuiet) {
    for (const u64 offset : {dir, is, ibe, iev, ie, ris, mis, afsel, data_of(0xff)}) {
        EXPECT_EQ(read(offset), 0U) << offset;
    }
    EXPECT_FALSE(block.line());
}

TEST_F(GpioTest, DriversKnowItByItsNumbers) {
    u32 part = 0;
    u32 cell = 0;
    for (unsigned i = 0; i < 4; ++i) {
        part |= static_cast<u32>(read(0xfe0 + 4 * i)) << (8 * i);
        cell |= static_cast<u32>(read(0xff0 + 4 * i)) << (8 * i);
    }
    EXPECT_EQ(part & 0xfffff, 0x41061U);
    EXPECT_EQ(cell, 0xb105f00dU);
}

TEST_F(GpioTest, TheAddressNamesTheLinesThatAreWritten) {
    write(dir, 0xff);
    EXPECT_EQ(write(data_of(0xf0), 0xff), 0xf0);
    EXPECT_EQ(read(data_of(0xff)), 0xf0U);
    EXPECT_EQ(write(data_of(0x11), 0x01), 0x01);
    EXPECT_EQ(read(data_of(0xff)), 0xe1U);
    EXPECT_EQ(read(data_of(0x21)), 0x21U);
    EXPECT_EQ(write(data_of(0), 0xff), 0);
}

TEST_F(GpioTest, AnInputIsNotWrittenAndReadsLow) {
    write(dir, 0x01);
    EXPECT_EQ(write(data_of(0xff), 0xff), 0x01);
    EXPECT_EQ(read(data_of(0xff)), 0x01U);
    block.pulse(2);
    EXPECT_EQ(read(data_of(0xff)), 0x01U);
}

/// Its driver writes an output's value, makes it an output, and writes the value again.
TEST_F(GpioTest, WhatLinuxWritesForAnOutput) {
    EXPECT_EQ(write(data_of(0x01), 0x01), 0);
    write(dir, read(dir) | 0x01);
    EXPECT_EQ(write(data_of(0x01), 0x01), 0x01);
    EXPECT_EQ(read(data_of(0x01)), 0x01U);
}

TEST_F(GpioTest, EveryOneThatIsWrittenCountsNotTheChange) {
    write(dir, 0x01);
    EXPECT_EQ(write(data_of(0x01), 1), 0x01);
    EXPECT_EQ(write(data_of(0x01), 1), 0x01);
    EXPECT_EQ(write(data_of(0x01), 0), 0x00);
}

TEST_F(GpioTest, APulseIsLatchedWithoutAnybodysLeaveUntilItIsCleared) {
    EXPECT_TRUE(block.pulse(8));
    EXPECT_EQ(read(ris), 0x08U);
    EXPECT_EQ(read(mis), 0U);
    EXPECT_FALSE(block.line());
    EXPECT_FALSE(block.pulse(8));  // the same, as long as nobody has cleared it
    write(ie, 0x08);
    EXPECT_EQ(read(mis), 0x08U);
    EXPECT_TRUE(block.line());
    write(ic, 0xf7);
    EXPECT_TRUE(block.line());
    write(ic, 0x08);
    EXPECT_EQ(read(ris), 0U);
    EXPECT_FALSE(block.line());
    EXPECT_TRUE(block.pulse(8));
}

/// It has both edges, whichever a guest asks for.
TEST_F(GpioTest, APulseIsLatchedForEitherEdgeAndForBoth) {
    for (const u64 setting : {0u, 1u, 2u}) {
        write(ibe, (setting & 1) << 1);
        write(iev, setting & 2);
        EXPECT_TRUE(block.pulse(2));
        write(ic, 0xff);
    }
}

TEST_F(GpioTest, ALevelDoesNotAskForAPulseAndALowOneAsksForGood) {
    write(is, 0x02);
    write(iev, 0x02);
    block.pulse(2);
    EXPECT_EQ(read(ris), 0U);
    write(iev, 0);
    EXPECT_EQ(read(ris), 0x02U);
    write(ic, 0xff);
    EXPECT_EQ(read(ris), 0x02U);
    write(is, 0);
    EXPECT_EQ(read(ris), 0U);
}

TEST_F(GpioTest, WhatCameToAnOutputOrALevelWaitsForAnInputsEdge) {
    write(dir, 0x02);
    write(is, 0x08);
    write(iev, 0x08);
    block.pulse(0x0a);
    EXPECT_EQ(read(ris), 0U);
    write(dir, 0);
    EXPECT_EQ(read(ris), 0x02U);
    write(is, 0);
    EXPECT_EQ(read(ris), 0x0aU);
}

TEST_F(GpioTest, RegistersKeepEightBits) {
    for (const u64 offset : {dir, is, ibe, iev, ie, afsel}) {
        write(offset, ~u64{0});
        EXPECT_EQ(read(offset), 0xffU) << offset;
        write(offset, 0xa5a5'0000);
        EXPECT_EQ(read(offset), 0U) << offset;
    }
}

TEST_F(GpioTest, StatusAndNumbersAreForReading) {
    for (const u64 offset : {ris, mis, u64{0xfe0}, u64{0xff0}, u64{0x424}, u64{0x800}}) {
        const u64 before = read(offset);
        EXPECT_EQ(write(offset, 0xff), 0);
        EXPECT_EQ(read(offset), before) << offset;
    }
    EXPECT_EQ(read(ic), 0U);
}

/// Whatever a guest does to it: the line is MIS, MIS is RIS and IE, and inputs read low.
TEST_F(GpioTest, AnyWriteAnywhere) {
    std::minstd_rand random(7);
    for (int i = 0; i < 200'000; ++i) {
        const u64 offset = random() % 0x1000;
        if (random() % 3 == 0) {
            block.pulse(u32{1} << random() % 8);
        } else {
            const u8 high = write(offset, random());
            ASSERT_EQ(high & ~read(dir), 0U);
            ASSERT_TRUE(high == 0 || offset < 0x400);
        }
        ASSERT_EQ(read(mis), read(ris) & read(ie));
        ASSERT_EQ(block.line(), read(mis) != 0);
        ASSERT_EQ(read(data_of(0xff)) & ~read(dir), 0U);
        ASSERT_LT(read(offset), 0x100U);
    }
}

/// A guest enables a line while it is pulsed: either finds the other.
TEST(ConcurrentGpio, APulseAndItsEnabling) {
    for (int round = 0; round < 2000; ++round) {
        GpioRegisters block;
        bool told = false;
        std::thread ringer([&] { told = block.pulse(2) && block.is_enabled(2); });
        block.write(ie, 0x02);
        const bool found = block.line();
        ringer.join();
        ASSERT_TRUE(told || found) << round;
    }
}

}  // namespace
}  // namespace isthmus::core
