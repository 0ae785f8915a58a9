// SPDX-License-Identifier: Apache-2.0
#include "core/device/vuart.hpp"

#include <gtest/gtest.h>

namespace isthmus::core {
namespace {

constexpr u64 dr = 0x00, fr = 0x18, imsc = 0x38, ris = 0x3c, mis = 0x40, icr = 0x44;
constexpr u64 rx = 1 << 4, tx = 1 << 5, rt = 1 << 6;
constexpr u64 rxfe = 1 << 4, txff = 1 << 5, rxff = 1 << 6, txfe = 1 << 7;

class VuartTest : public ::testing::Test {
  protected:
    u64 read(u64 offset) { return uart.read(offset, has_room).value_or(~u64{0}); }
    int write(u64 offset, u64 value) { return uart.write(offset, value).value_or(-2); }
    Vuart uart;
    bool has_room = true;
};

TEST_F(VuartTest, AFreshOneIsEmptyAndQuiet) {
    EXPECT_EQ(read(fr), rxfe | txfe);
    EXPECT_EQ(read(ris), 0U);
    EXPECT_EQ(read(imsc), 0U);
    EXPECT_EQ(read(dr), 0U);
    EXPECT_FALSE(uart.line());
}

TEST_F(VuartTest, BytesAreReadInOrder) {
    for (const u8 byte : {u8{'a'}, u8{0}, u8{0xff}}) {
        EXPECT_TRUE(uart.receive(byte));
    }
    EXPECT_EQ(read(fr), txfe);
    EXPECT_EQ(read(dr), u64{'a'});
    EXPECT_EQ(read(dr), 0U);
    EXPECT_EQ(read(dr), 0xffU);
    EXPECT_EQ(read(fr), rxfe | txfe);
}

TEST_F(VuartTest, AFullRingRefusesAndGoesRoundInOrder) {
    for (int round = 0; round < 3; ++round) {
        for (unsigned i = 0; i < 256; ++i) {
            ASSERT_TRUE(uart.receive(static_cast<u8>(i + static_cast<unsigned>(round))));
        }
        EXPECT_FALSE(uart.receive(1));
        EXPECT_EQ(read(fr), rxff | txfe);
        for (unsigned i = 0; i < 256; ++i) {
            ASSERT_EQ(read(dr), (i + static_cast<unsigned>(round)) & 0xff);
        }
    }
}

TEST_F(VuartTest, SendingNeverWaits) {
    EXPECT_EQ(write(dr, 'x'), 'x');
    EXPECT_EQ(write(dr, 0x1ff), 0xff);
    EXPECT_EQ(read(fr) & (txff | txfe), txfe);
}

TEST_F(VuartTest, AFullFifoSaysSoAndTellsWhenItHasRunLow) {
    write(imsc, tx);
    write(dr, 'x');
    EXPECT_TRUE(uart.line());
    uart.found_no_room();
    has_room = false;
    EXPECT_EQ(read(fr) & (txff | txfe), txff);
    EXPECT_EQ(read(ris) & tx, 0U);
    EXPECT_FALSE(uart.line());
    uart.found_room();
    has_room = true;
    EXPECT_EQ(read(fr) & (txff | txfe), txfe);
    EXPECT_TRUE(uart.line());
    write(icr, tx);
    uart.found_room();  // nobody waited for it
    EXPECT_FALSE(uart.line());
}

TEST_F(VuartTest, TheReceiveInterruptIsALevel) {
    write(imsc, rx | rt);
    uart.receive('a');
    uart.receive('b');
    EXPECT_TRUE(uart.line());
    EXPECT_EQ(read(mis), rx | rt);
    write(icr, 0x7ff);
    EXPECT_TRUE(uart.line());  // bytes are still there
    read(dr);
    EXPECT_TRUE(uart.line());
    read(dr);
    EXPECT_FALSE(uart.line());
    EXPECT_EQ(read(ris), 0U);
}

TEST_F(VuartTest, TheTransmitInterruptIsLatchedUntilItIsCleared) {
    write(imsc, tx);
    EXPECT_FALSE(uart.line());
    write(dr, 'x');
    EXPECT_TRUE(uart.line());
    EXPECT_EQ(read(mis), tx);
    write(icr, rx | rt);
    EXPECT_TRUE(uart.line());
    write(icr, tx);
    EXPECT_FALSE(uart.line());
    write(dr, 'y');
    EXPECT_TRUE(uart.line());
}

TEST_F(VuartTest, TheMaskHidesButDoesNotForget) {
    uart.receive('a');
    write(dr, 'x');
    EXPECT_FALSE(uart.line());
    EXPECT_EQ(read(ris), rx | tx | rt);
    EXPECT_EQ(read(mis), 0U);
    write(imsc, rx);
    EXPECT_TRUE(uart.line());
    EXPECT_EQ(read(mis), rx);
    write(imsc, 0xffff'f000 | rt);
    EXPECT_EQ(read(imsc), rt);  // 11 bits
}

TEST_F(VuartTest, OtherRegistersReadAsZeroAndIgnoreWrites) {
    for (const u64 offset : {0x04u, 0x24u, 0x28u, 0x2cu, 0x30u, 0x34u, 0x48u, 0xffcu}) {
        EXPECT_EQ(write(offset, ~u64{0}), -1) << offset;
        EXPECT_EQ(read(offset), 0U) << offset;
    }
    EXPECT_EQ(read(imsc), 0U);
}

}  // namespace
}  // namespace isthmus::core
