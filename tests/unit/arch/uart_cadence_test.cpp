// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/arch/fake_uart.hpp"

namespace isthmus::arch {
namespace {

using test::fake_uart;

constexpr u64 control = 0x00, intrpt_en = 0x08, intrpt_dis = 0x0c, intrpt_mask = 0x10,
              chnl_int_sts = 0x14, trigger = 0x20, channel_sts = 0x2c, fifo = 0x30;
constexpr u32 rtrig = 1 << 0, rempty = 1 << 1, tempty = 1 << 3, tful = 1 << 4;

/// The interrupt half as the manual has it: status is latched, and set anew as long as its cause is
/// there.
class CadenceTest : public ::testing::Test, protected test::UartDriverTest {
  protected:
    CadenceTest() : UartDriverTest("cadence") {
        fake_uart().on_write = [this](u64 offset, u32 value) {
            if (offset == chnl_int_sts) {
                latched_ &= ~value;
            } else if (offset == intrpt_en) {
                mask_ |= value;
            } else if (offset == intrpt_dis) {
                mask_ &= ~value;
            } else if (offset == fifo) {
                fake_uart().sent.push_back(value);
            }
        };
        fake_uart().on_read = [this](u64 offset) -> u32 {
            switch (offset) {
                case channel_sts:
                    return (fake_uart().received.empty() ? rempty : 0) |
                           (fake_uart().sent.size() >= 64 ? tful : 0);
                case chnl_int_sts:
                    return status();
                case fifo:
                    return fake_uart().next_received();
                default:
                    return fake_uart().registers[offset];
            }
        };
    }
    ~CadenceTest() override { fake_uart() = {}; }
    u32 status() {
        const auto level = fake_uart().registers[trigger];
        latched_ |= level != 0 && fake_uart().received.size() >= level ? rtrig : 0;
        return latched_;
    }
    bool is_raised() { return (status() & mask_) != 0; }

    u32 latched_ = 0;
    u32 mask_ = 0x3fff;
};

TEST_F(CadenceTest, OpeningEnablesBothWaysAndMasksInterrupts) {
    fake_uart().registers[control] = 0x128;  // as it leaves reset: both off, no break
    open();
    EXPECT_EQ(fake_uart().written(control), std::vector<u32>{0x114});
    EXPECT_EQ(mask_, 0U);
    EXPECT_EQ(fake_uart().registers[trigger], 1U);
}

TEST_F(CadenceTest, AnEnabledOneIsLeftAsItIs) {
    fake_uart().registers[control] = 0x114;
    open();
    EXPECT_TRUE(fake_uart().written(control).empty());
}

TEST_F(CadenceTest, SendsUntilTheFifoIsFull) {
    int sent = 0;
    for (; sent < 1000 && has_room(); ++sent) {
        send('x');
    }
    EXPECT_EQ(sent, 64);
    EXPECT_EQ(fake_uart().sent.size(), 64U);
}

TEST_F(CadenceTest, ReceivesUntilTheFifoIsEmpty) {
    fake_uart().received = {'a', 0, 0xff};
    EXPECT_EQ(receive(), 'a');
    EXPECT_EQ(receive(), 0);
    EXPECT_EQ(receive(), 0xff);
    EXPECT_EQ(receive(), uart_nothing);
}

TEST_F(CadenceTest, OneByteRaisesTheInterruptAndReadingItEndsIt) {
    open();
    listen(true);
    EXPECT_FALSE(is_raised());
    fake_uart().received = {'a'};
    EXPECT_TRUE(is_raised());
    acknowledge();
    EXPECT_TRUE(is_raised());  // the byte is still there
    EXPECT_EQ(receive(), 'a');
    acknowledge();
    EXPECT_FALSE(is_raised());
    fake_uart().received = {'b'};
    EXPECT_TRUE(is_raised());
    listen(false);
    EXPECT_FALSE(is_raised());
    EXPECT_EQ(fake_uart().written(intrpt_mask), std::vector<u32>{});  // read-only
}

TEST_F(CadenceTest, AnEmptyTransmitFifoRaisesTheInterruptOnce) {
    open();
    listen_for_both();
    send('x');
    EXPECT_FALSE(is_raised());
    latched_ |= tempty;  // the byte has left
    EXPECT_TRUE(is_raised());
    acknowledge();  // of bytes that came
    EXPECT_TRUE(is_raised());
    acknowledge_room();
    EXPECT_FALSE(is_raised());
    latched_ |= tempty;
    listen(true);
    EXPECT_FALSE(is_raised());
}

}  // namespace
}  // namespace isthmus::arch
