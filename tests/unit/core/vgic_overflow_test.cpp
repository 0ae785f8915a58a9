// SPDX-License-Identifier: Apache-2.0
// More interrupts than list registers.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using test::spurious;

class VgicOverflow : public VgicTest {
  protected:
    void raise(u32 intid, u8 priority) {
        enable(intid, priority);
        gic.set_line(intid, true);
    }
    /// Acknowledges, lowers the line and ends, taking maintenance interrupts as they come.
    u32 handle_one() {
        const u32 intid = guest().acknowledge();
        settle();
        if (intid != spurious) {
            gic.set_line(intid, false);
            guest().end(intid);
            settle();
        }
        return intid;
    }
};

TEST_F(VgicOverflow, AllAreDeliveredMostUrgentFirst) {
    start(1, 2);
    const std::array<u8, 6> priorities{0x80, 0x20, 0xa0, 0x40, 0x10, 0x60};
    for (u32 i = 0; i < priorities.size(); ++i) {
        raise(50 + i, priorities[i]);
    }
    EXPECT_TRUE(fake().cpus[0].maintenance.no_pending);
    std::vector<u32> order;
    for (usize i = 0; i < priorities.size(); ++i) {
        order.push_back(handle_one());
    }
    EXPECT_EQ(order, (std::vector<u32>{54, 51, 53, 55, 50, 52}));
    EXPECT_EQ(handle_one(), spurious);
    EXPECT_FALSE(fake().cpus[0].maintenance.no_pending);
}

TEST_F(VgicOverflow, ALessUrgentPendingOneMakesRoom) {
    start(1, 2);
    raise(50, 0x80);
    raise(51, 0xa0);
    raise(52, 0x40);
    EXPECT_EQ(lists(), "pending 50@128, pending 52@64");
    EXPECT_TRUE(bit_of(gic::ispendr, 51));
    EXPECT_EQ(handle_one(), 52U);
    EXPECT_EQ(handle_one(), 50U);
    EXPECT_EQ(handle_one(), 51U);
}

TEST_F(VgicOverflow, WhatIsInIsNotDisturbedByALessUrgentOne) {
    start(1, 2);
    raise(50, 0x80);
    raise(51, 0x80);
    raise(52, 0x80);
    EXPECT_EQ(lists(), "pending 50@128, pending 51@128");
}

TEST_F(VgicOverflow, AnActiveOneIsParkedForAMoreUrgentOneAndItsEndIsCounted) {
    start(1, 1);
    raise(50, 0x80);
    ASSERT_EQ(guest().acknowledge(), 50U);
    raise(51, 0x40);
    EXPECT_EQ(lists(), "pending 51@64");
    EXPECT_TRUE(bit_of(gic::isactiver, 50));
    EXPECT_TRUE(fake().cpus[0].maintenance.end_not_present);
    ASSERT_EQ(guest().acknowledge(), 51U);
    gic.set_line(51, false);
    guest().end(51);
    settle();
    EXPECT_EQ(guest().acknowledge(), spurious);  // 50 is still being handled
    guest().end(50);
    EXPECT_EQ(fake().cpus[0].end_count, 1U);
    settle();
    EXPECT_EQ(guest().acknowledge(), 50U);  // its line is still up
    gic.set_line(50, false);
    guest().end(50);
    settle();
    EXPECT_FALSE(bit_of(gic::isactiver, 50));
    EXPECT_EQ(guest().acknowledge(), spurious);
}

TEST_F(VgicOverflow, ParkedOnesEndInnermostFirst) {
    start(1, 1);
    raise(50, 0xa0);
    ASSERT_EQ(guest().acknowledge(), 50U);
    raise(51, 0x80);
    ASSERT_EQ(guest().acknowledge(), 51U);
    raise(52, 0x40);
    ASSERT_EQ(guest().acknowledge(), 52U);
    for (const u32 intid : {52u, 51u, 50u}) {
        gic.set_line(intid, false);
        EXPECT_TRUE(bit_of(gic::isactiver, intid));
        guest().end(intid);
        settle();
        EXPECT_FALSE(bit_of(gic::isactiver, intid)) << intid;
    }
    EXPECT_EQ(guest().nesting(), 0U);
    EXPECT_FALSE(fake().cpus[0].maintenance.end_not_present);
}

TEST_F(VgicOverflow, ALessUrgentOneWaitsBehindAnActiveOneThatWasParked) {
    start(1, 1);
    raise(50, 0x40);
    ASSERT_EQ(guest().acknowledge(), 50U);
    raise(51, 0x80);
    settle();
    EXPECT_EQ(guest().acknowledge(), spurious);
    gic.set_line(50, false);
    guest().end(50);
    settle();
    EXPECT_EQ(guest().acknowledge(), 51U);
}

TEST_F(VgicOverflow, AnEdgeOfAParkedInterruptIsKept) {
    start(1, 1);
    enable(edge_spi, 0x80);
    set_bit(gic::ispendr, edge_spi);
    ASSERT_EQ(guest().acknowledge(), edge_spi);
    set_bit(gic::ispendr, edge_spi);
    raise(50, 0x40);
    EXPECT_EQ(handle_one(), 50U);
    guest().end(edge_spi);
    settle();
    EXPECT_EQ(guest().acknowledge(), edge_spi);
    guest().end(edge_spi);
    settle();
    EXPECT_EQ(guest().acknowledge(), spurious);
}

TEST_F(VgicOverflow, AParkedInterruptThatIsReroutedStillEnds) {
    start(2, 1);
    raise(50, 0x80);
    ASSERT_EQ(guest().acknowledge(), 50U);
    raise(51, 0x40);
    ASSERT_EQ(guest().acknowledge(), 51U);
    route(50, 1);
    for (const u32 intid : {51u, 50u}) {
        gic.set_line(intid, false);
        guest().end(intid);
        settle();
    }
    EXPECT_FALSE(bit_of(gic::isactiver, 50));
    gic.set_line(50, true);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), 50U);
}

TEST_F(VgicOverflow, AResetForgetsWhatWasParked) {
    start(1, 1);
    raise(50, 0x80);
    ASSERT_EQ(guest().acknowledge(), 50U);
    raise(51, 0x40);
    gic.set_line(50, false);
    gic.set_line(51, false);
    gic.reset(cpu());
    EXPECT_FALSE(bit_of(gic::isactiver, 50));
    gic.set_line(50, true);
    gic.refresh(cpu());
    EXPECT_EQ(lists(), "pending 50@128");
}

TEST_F(VgicOverflow, MakingActiveByRegisterIsNotToldByAnEnd) {
    start(1, 2);
    set_bit(gic::isactiver, 50);
    raise(50, 0x80);
    raise(51, 0x80);
    EXPECT_EQ(handle_one(), 51U);
    EXPECT_TRUE(bit_of(gic::isactiver, 50));
    set_bit(gic::icactiver, 50);
    EXPECT_EQ(handle_one(), 50U);
}

TEST_F(VgicOverflow, ClearActiveOfAParkedOne) {
    start(1, 1);
    raise(50, 0x80);
    ASSERT_EQ(guest().acknowledge(), 50U);
    raise(51, 0x40);
    ASSERT_EQ(guest().acknowledge(), 51U);
    gic.set_line(50, false);
    set_bit(gic::icactiver, 50);
    EXPECT_FALSE(bit_of(gic::isactiver, 50));
    gic.set_line(51, false);
    guest().end(51);
    guest().end(50);  // ends nothing
    settle();
    gic.set_line(50, true);
    EXPECT_EQ(guest().acknowledge(), 50U);
}

}  // namespace
}  // namespace isthmus::core
