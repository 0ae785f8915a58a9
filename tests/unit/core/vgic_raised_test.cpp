// SPDX-License-Identifier: Apache-2.0
// Interrupts that are events, raised from another CPU.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using test::spurious;

/// Interrupts that are raised again and again from elsewhere, as guests do that ring each other.
class VgicRaised : public VgicTest {
  protected:
    static constexpr u32 second_spi = 43;

    void SetUp() override {
        start(3);
        for (const u32 intid : {edge_spi, second_spi}) {
            route(intid, 1);
            enable(intid);
        }
    }
    /// Raised by CPU 0, taken and ended by vCPU 1, which leaves its list register empty.
    void once(u32 intid) {
        gic.raise_shared(intid);
        settle();
        ASSERT_EQ(guest(1).acknowledge(), intid);
        guest(1).end(intid);
        fake().kicks.clear();
    }
};

TEST_F(VgicRaised, AgainAndAgain) {
    for (int i = 0; i < 5; ++i) {
        gic.raise_shared(edge_spi);
        EXPECT_EQ(fake().kicks, std::vector<usize>{1});
        settle();
        EXPECT_EQ(guest(1).acknowledge(), edge_spi);
        guest(1).end(edge_spi);
        EXPECT_EQ(guest(1).acknowledge(), spurious);
        fake().kicks.clear();
    }
}

TEST_F(VgicRaised, TwiceBeforeItIsSeenIsOnceAndOneKick) {
    once(edge_spi);
    gic.raise_shared(edge_spi);
    gic.raise_shared(edge_spi);
    EXPECT_EQ(fake().kicks, std::vector<usize>{1});
    settle();
    EXPECT_EQ(guest(1).acknowledge(), edge_spi);
    guest(1).end(edge_spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spurious);
}

TEST_F(VgicRaised, APrivateOneWithoutALineHasTheSameWay) {
    constexpr u32 event = 31;
    cpu(1).private_irqs[event].enabled = true;
    for (int i = 0; i < 4; ++i) {
        gic.raise_event(cpu(1), event);
        EXPECT_EQ(fake().kicks, std::vector<usize>{1});
        settle();
        EXPECT_EQ(guest(1).acknowledge(), event);
        guest(1).end(event);
        EXPECT_FALSE(fake().cpus[1].wants_maintenance()) << "no exit when the guest ends it";
        EXPECT_EQ(guest(1).acknowledge(), spurious);
        fake().kicks.clear();
    }
}

TEST_F(VgicRaised, OneThatIsAboutToSleepIsWoken) {
    once(edge_spi);
    fake().cpu = 1;
    gic.refresh(cpu(1));
    ASSERT_TRUE(gic.wait(cpu(1)));
    fake().cpu = 0;
    gic.raise_shared(edge_spi);
    EXPECT_EQ(cpu(1).waiting.load(), 0u);
}

TEST_F(VgicRaised, OneThatIsAboutToSleepIsWokenInTheShortWay) {
    once(edge_spi);  // still in its list register, as far as is known
    cpu(1).waiting.store(1);
    gic.raise_shared(edge_spi);
    EXPECT_EQ(cpu(1).waiting.load(), 0u);
}

TEST_F(VgicRaised, TwoBetweenTwoLooks) {
    for (int i = 0; i < 3; ++i) {
        gic.raise_shared(edge_spi);
        gic.raise_shared(second_spi);
        settle();
        for (const u32 intid : {edge_spi, second_spi}) {
            EXPECT_EQ(guest(1).acknowledge(), intid) << i;
            guest(1).end(intid);
        }
    }
}

TEST_F(VgicRaised, WhatElseWasAskedOfTheCpuIsDoneToo) {
    gic.raise_shared(edge_spi);
    gic.raise_shared(second_spi);
    settle();
    ASSERT_EQ(guest(1).acknowledge(), edge_spi);
    guest(1).end(edge_spi);
    ASSERT_EQ(guest(1).acknowledge(), second_spi);
    gic.raise_shared(edge_spi);
    set_bit(gic::icactiver, second_spi);
    settle();
    EXPECT_EQ(lists(1), "pending 41@128");
}

TEST_F(VgicRaised, WhileItIsActiveItComesAfterIt) {
    gic.raise_shared(edge_spi);
    settle();
    ASSERT_EQ(guest(1).acknowledge(), edge_spi);
    gic.raise_shared(edge_spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spurious);
    guest(1).end(edge_spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), edge_spi);
}

TEST_F(VgicRaised, DisabledOrClearedOnItsWay) {
    once(edge_spi);
    gic.raise_shared(edge_spi);
    set_bit(gic::icenabler, edge_spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spurious);
    set_bit(gic::isenabler, edge_spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), edge_spi);
    guest(1).end(edge_spi);
    gic.raise_shared(edge_spi);
    set_bit(gic::icpendr, edge_spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spurious);
}

TEST_F(VgicRaised, RoutedElsewhereOnItsWay) {
    once(edge_spi);
    gic.raise_shared(edge_spi);
    route(edge_spi, 2);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spurious);
    EXPECT_EQ(guest(2).acknowledge(), edge_spi);
}

TEST_F(VgicRaised, AVcpuThatLeftGetsItWhenItComes) {
    once(edge_spi);
    gic.raise_shared(edge_spi);
    stop(1);
    fake().cpu = 0;
    settle();
    run(1);
    EXPECT_EQ(guest(1).acknowledge(), edge_spi);
}

/// Whatever trigger the guest has configured, it is an event.
TEST_F(VgicRaised, ALevelSensitiveOneIsPendingOnce) {
    route(spi, 1);
    enable(spi);
    once(spi);
    EXPECT_EQ(guest(1).acknowledge(), spurious);
    once(spi);
}

}  // namespace
}  // namespace isthmus::core
