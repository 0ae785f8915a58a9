// SPDX-License-Identifier: Apache-2.0
// The guest changes an interrupt's state through the set- and clear-registers.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using VgicState = VgicTest;
using test::fake;
using test::spurious;

TEST_F(VgicState, DisablingWhilePendingTakesItBack) {
    enable(spi);
    gic.set_line(spi, true);
    set_bit(gic::icenabler, spi);
    EXPECT_EQ(lists(), "");
    EXPECT_FALSE(bit_of(gic::isenabler, spi));
    EXPECT_TRUE(bit_of(gic::ispendr, spi));
    set_bit(gic::isenabler, spi);
    EXPECT_EQ(guest().acknowledge(), spi);
}

TEST_F(VgicState, DisablingWhilePendingRemembersAnEdge) {
    enable(edge_spi);
    gic.set_line(edge_spi, true);
    gic.set_line(edge_spi, false);
    set_bit(gic::icenabler, edge_spi);
    EXPECT_EQ(lists(), "");
    set_bit(gic::isenabler, edge_spi);
    EXPECT_EQ(guest().acknowledge(), edge_spi);
}

TEST_F(VgicState, ClearPendingForgetsAnEdge) {
    enable(edge_spi);
    gic.set_line(edge_spi, true);
    EXPECT_TRUE(bit_of(gic::ispendr, edge_spi));
    set_bit(gic::icpendr, edge_spi);
    EXPECT_FALSE(bit_of(gic::ispendr, edge_spi));
    EXPECT_EQ(guest().acknowledge(), spurious);
}

TEST_F(VgicState, ClearPendingOfTheHalfThatWaitsBehindTheActiveOne) {
    enable(edge_spi);
    set_bit(gic::ispendr, edge_spi);
    ASSERT_EQ(guest().acknowledge(), edge_spi);
    set_bit(gic::ispendr, edge_spi);
    EXPECT_EQ(lists(), "both 41@128");
    set_bit(gic::icpendr, edge_spi);
    EXPECT_EQ(lists(), "active 41@128");
}

TEST_F(VgicState, ClearPendingDoesNotLowerALine) {
    enable(spi);
    gic.set_line(spi, true);
    set_bit(gic::icpendr, spi);
    EXPECT_TRUE(bit_of(gic::ispendr, spi));
    EXPECT_EQ(guest().acknowledge(), spi);
}

TEST_F(VgicState, SetPendingOfALevelInterruptIsDeliveredOnce) {
    enable(spi);
    set_bit(gic::ispendr, spi);
    EXPECT_EQ(lists(), "pending 40@128");
    gic.refresh(cpu());  // must not take it for a line that fell
    EXPECT_EQ(lists(), "pending 40@128");
    EXPECT_EQ(guest().acknowledge(), spi);
    guest().end(spi);
    settle();
    EXPECT_EQ(guest().acknowledge(), spurious);
    EXPECT_FALSE(bit_of(gic::ispendr, spi));
}

TEST_F(VgicState, SetPendingOutlivesTheLine) {
    enable(spi);
    gic.set_line(spi, true);
    set_bit(gic::ispendr, spi);
    gic.set_line(spi, false);
    EXPECT_EQ(guest().acknowledge(), spi);
    guest().end(spi);
    settle();
    EXPECT_EQ(guest().acknowledge(), spurious);
}

TEST_F(VgicState, SetPendingOfAPrivateInterrupt) {
    enable(ppi);
    set_bit(gic::ispendr, ppi);
    gic.refresh(cpu());
    EXPECT_EQ(guest().acknowledge(), ppi);
}

TEST_F(VgicState, SetActiveHoldsAnInterruptBack) {
    enable(spi);
    set_bit(gic::isactiver, spi);
    gic.set_line(spi, true);
    EXPECT_TRUE(bit_of(gic::isactiver, spi));
    EXPECT_EQ(lists(), "");
    set_bit(gic::icactiver, spi);
    EXPECT_FALSE(bit_of(gic::isactiver, spi));
    EXPECT_EQ(guest().acknowledge(), spi);
}

TEST_F(VgicState, SetActiveOfOneThatIsPendingInAListRegister) {
    enable(edge_spi);
    set_bit(gic::ispendr, edge_spi);
    set_bit(gic::isactiver, edge_spi);
    EXPECT_TRUE(bit_of(gic::isactiver, edge_spi));
    EXPECT_TRUE(bit_of(gic::ispendr, edge_spi));
    EXPECT_EQ(guest().acknowledge(), spurious);
    set_bit(gic::icactiver, edge_spi);
    EXPECT_EQ(guest().acknowledge(), edge_spi);
}

TEST_F(VgicState, ClearActiveEndsWhatTheGuestHolds) {
    enable(spi);
    gic.set_line(spi, true);
    ASSERT_EQ(guest().acknowledge(), spi);
    EXPECT_TRUE(bit_of(gic::isactiver, spi));
    gic.set_line(spi, false);
    set_bit(gic::icactiver, spi);
    EXPECT_FALSE(bit_of(gic::isactiver, spi));
    EXPECT_EQ(lists(), "");
}

TEST_F(VgicState, ClearActiveWithTheLineUpMakesItPendingAgain) {
    enable(spi);
    gic.set_line(spi, true);
    ASSERT_EQ(guest().acknowledge(), spi);
    set_bit(gic::icactiver, spi);
    EXPECT_EQ(lists(), "pending 40@128");
}

TEST_F(VgicState, ActiveIsSeenThroughTheListRegister) {
    enable(spi);
    gic.set_line(spi, true);
    EXPECT_FALSE(bit_of(gic::isactiver, spi));
    guest().acknowledge();
    EXPECT_TRUE(bit_of(gic::isactiver, spi));
    EXPECT_TRUE(bit_of(gic::ispendr, spi));  // the line is up
    gic.set_line(spi, false);
    EXPECT_FALSE(bit_of(gic::ispendr, spi));
    guest().end(spi);
    EXPECT_FALSE(bit_of(gic::isactiver, spi));
}

TEST_F(VgicState, PriorityOfTheNextDelivery) {
    enable(spi, 0xff);
    EXPECT_EQ(read(gic::ipriorityr + spi, 1), 0xf8U);  // five bits
    gic.set_line(spi, true);
    EXPECT_EQ(lists(), "pending 40@248");
}

TEST_F(VgicState, ResetForgetsPrivateInterruptsAndEmptiesTheListRegisters) {
    enable(ppi);
    enable(spi);
    gic.set_private_line(cpu(), ppi, true);
    gic.set_line(spi, true);
    gic.send_sgi(cpu(), 1);
    gic.reset(cpu());
    EXPECT_EQ(lists(), "");
    EXPECT_FALSE(bit_of(gic::ispendr, ppi));
    EXPECT_FALSE(bit_of(gic::isenabler, ppi));
    EXPECT_TRUE(bit_of(gic::isenabler, 0));  // SGIs
    EXPECT_TRUE(bit_of(gic::ispendr, spi));  // shared: its line is still up
    gic.refresh(cpu());
    EXPECT_EQ(lists(), "pending 40@128");
}

}  // namespace
}  // namespace isthmus::core
