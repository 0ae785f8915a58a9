// SPDX-License-Identifier: Apache-2.0
// The 16550, and the DesignWare kind of it, on a model of the PC16550D's registers.
#include <gtest/gtest.h>

#include "tests/unit/arch/fake_uart.hpp"

namespace isthmus::arch {
namespace {

using test::fake_uart;

constexpr u64 rbr = 0, thr = 0, ier = 1, iir = 2, fcr = 2, lcr = 3, mcr = 4, lsr = 5, usr = 31;
constexpr u32 dlab = 0x80, out2 = 0x08;
constexpr u32 parity = 1 << 2, framing = 1 << 3, line_break = 1 << 4;

/// A received entry is a byte, with the error bits of LSR eight higher.
class Uart16550Test : public ::testing::Test, protected test::UartDriverTest {
  protected:
    explicit Uart16550Test(const char* name = "ns16550") : UartDriverTest(name) {
        fake_uart().on_read = [this](u64 offset) { return answer(offset); };
    }
    ~Uart16550Test() override { fake_uart() = {}; }
    virtual u32 answer(u64 offset) {
        switch (offset) {
            case rbr:
                timeout_without_data = false;
                return fake_uart().received.empty() ? 0 : fake_uart().next_received() & 0xff;
            case iir:
                return (has_fifos ? 0xc0 : 0) | interrupt();
            case lsr:
                return line_status();
            default:
                return fake_uart().registers[offset];
        }
    }
    u32 line_status() const {
        u32 status = transmitter_empty ? 0x60 : 0;
        if (!fake_uart().received.empty()) {
            status |= 1 | (fake_uart().received.front() >> 8);
        }
        return status;
    }
    virtual u32 interrupt() const {
        const bool is_run_empty = (fake_uart().registers[ier] & 2) != 0 && transmitter_empty;
        if ((fake_uart().registers[ier] & 1) == 0) {
            return is_run_empty ? 2 : 1;
        }
        if (timeout_without_data) {
            return 0xc;
        }
        return !fake_uart().received.empty() ? 4 : is_run_empty ? 2 : 1;
    }
    bool is_raised() const { return interrupt() != 1; }

    bool transmitter_empty = true;
    bool has_fifos = true;
    bool timeout_without_data = false;
};

class DwApbTest : public Uart16550Test {
  protected:
    DwApbTest() : Uart16550Test("dw-apb") {}
    u32 answer(u64 offset) override {
        if (offset == usr) {
            busy = false;
        }
        return Uart16550Test::answer(offset);
    }
    u32 interrupt() const override { return busy ? 7 : Uart16550Test::interrupt(); }
    bool busy = false;
};

TEST_F(Uart16550Test, OpeningMasksInterruptsAndEnablesTheFifo) {
    fake_uart().registers[lcr] = 3;
    open();
    EXPECT_EQ(fake_uart().written(ier), std::vector<u32>{0});
    EXPECT_EQ(fake_uart().written(fcr), std::vector<u32>{1});  // both FIFOs keep their bytes
    EXPECT_TRUE(fake_uart().written(lcr).empty());
}

TEST_F(Uart16550Test, TheDivisorLatchIsClosedFirst) {
    fake_uart().registers[lcr] = dlab | 3;
    open();
    ASSERT_FALSE(fake_uart().writes.empty());
    EXPECT_EQ(fake_uart().writes.front(), (std::pair<u64, u32>{lcr, 3}));
}

TEST_F(Uart16550Test, SendsWhenTheTransmitterIsEmpty) {
    EXPECT_TRUE(has_room());
    send('x');
    EXPECT_EQ(fake_uart().written(thr), std::vector<u32>{'x'});
    transmitter_empty = false;
    EXPECT_FALSE(has_room());
}

TEST_F(Uart16550Test, AnEmptyTransmitterHasRoomForItsFifo) {
    EXPECT_EQ(room(), 16U);
    has_fifos = false;
    EXPECT_EQ(room(), 1U);
    transmitter_empty = false;
    EXPECT_EQ(room(), 0U);
}

TEST_F(Uart16550Test, AnEmptyTransmitterRaisesTheInterruptUntilItIsFilled) {
    open();
    transmitter_empty = false;
    listen_for_room();
    EXPECT_EQ(fake_uart().registers[mcr] & out2, out2);
    EXPECT_FALSE(is_raised());
    transmitter_empty = true;
    EXPECT_TRUE(is_raised());
    acknowledge_room();
    EXPECT_TRUE(is_raised());
    transmitter_empty = false;
    EXPECT_FALSE(is_raised());
    listen_for_both();
    EXPECT_EQ(fake_uart().registers[ier], 3U);
    listen(true);
    EXPECT_EQ(fake_uart().registers[ier], 1U);
}

TEST_F(Uart16550Test, ReceivesInOrderAndTellsDamage) {
    fake_uart().received = {'a', 0xff, parity << 8 | 'b', framing << 8 | 'c', line_break << 8, 'd'};
    EXPECT_EQ(receive(), 'a');
    EXPECT_EQ(receive(), 0xff);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), uart_damaged);
    EXPECT_EQ(receive(), 'd');
    EXPECT_EQ(receive(), uart_nothing);
}

TEST_F(Uart16550Test, TheReceiveInterruptIsOneForBytes) {
    open();
    fake_uart().registers[mcr] = 3;
    listen(true);
    EXPECT_EQ(fake_uart().registers[ier], 1U);
    EXPECT_EQ(fake_uart().registers[mcr], out2 | 3);
    EXPECT_FALSE(is_raised());
    fake_uart().received = {'a'};
    EXPECT_TRUE(is_raised());
    acknowledge();
    EXPECT_EQ(fake_uart().received.size(), 1U);  // not eaten
    EXPECT_EQ(receive(), 'a');
    EXPECT_FALSE(is_raised());
    fake_uart().received = {'b'};
    listen(false);
    EXPECT_FALSE(is_raised());
}

TEST_F(Uart16550Test, ATimeoutWithNothingToReadEnds) {
    listen(true);
    timeout_without_data = true;
    EXPECT_TRUE(is_raised());
    acknowledge();
    EXPECT_FALSE(is_raised());
}

TEST_F(Uart16550Test, ATimeoutWithAByteLeavesTheByte) {
    listen(true);
    timeout_without_data = true;
    fake_uart().received = {'a'};
    acknowledge();
    EXPECT_EQ(receive(), 'a');
    EXPECT_FALSE(is_raised());
}

TEST_F(DwApbTest, BusyDetectEndsWhenUsrIsRead) {
    open();
    listen(true);
    busy = true;
    fake_uart().received = {'a'};
    EXPECT_TRUE(is_raised());
    acknowledge();
    EXPECT_FALSE(busy);
    EXPECT_EQ(receive(), 'a');
    EXPECT_FALSE(is_raised());
}

TEST_F(DwApbTest, OpeningEndsWhatFirmwareLeftBusy) {
    busy = true;
    open();
    EXPECT_FALSE(busy);
}

TEST_F(DwApbTest, IsA16550Otherwise) {
    listen(true);
    timeout_without_data = true;
    acknowledge();
    EXPECT_FALSE(is_raised());
    EXPECT_TRUE(has_room());
    send('x');
    EXPECT_EQ(fake_uart().written(thr), std::vector<u32>{'x'});
}

}  // namespace
}  // namespace isthmus::arch
