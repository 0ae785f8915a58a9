// SPDX-License-Identifier: Apache-2.0
// One interrupt on one vCPU: from the raise to the end.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using VgicDelivery = VgicTest;
using test::fake;
using test::spurious;

TEST_F(VgicDelivery, AnEnabledInterruptGoesStraightIntoAListRegister) {
    enable(spi, 0x60);
    gic.set_line(spi, true);
    EXPECT_EQ(lists(), "pending 40@96");
    EXPECT_TRUE(fake().cpus[0].lists[0].end_signal);
    EXPECT_TRUE(fake().kicks.empty());
    EXPECT_EQ(cpu().counts.injected(), 1U);
}

TEST_F(VgicDelivery, ADisabledOneWaitsUntilItIsEnabled) {
    gic.set_line(spi, true);
    EXPECT_EQ(lists(), "");
    EXPECT_TRUE(bit_of(gic::ispendr, spi));
    enable(spi);
    EXPECT_EQ(lists(), "pending 40@128");
}

TEST_F(VgicDelivery, NothingIsForwardedWhileTheGroupIsDisabled) {
    write(gic::gicd_ctlr, gic::ctlr::enable_group0);
    enable(spi);
    gic.set_line(spi, true);
    EXPECT_EQ(lists(), "");
    write(gic::gicd_ctlr, gic::ctlr::enable_group1);
    EXPECT_EQ(lists(), "pending 40@128");
    write(gic::gicd_ctlr, 0);
    EXPECT_EQ(lists(), "");
    EXPECT_TRUE(bit_of(gic::ispendr, spi));
}

TEST_F(VgicDelivery, Group0HasItsOwnEnable) {
    write(gic::gicd_ctlr, gic::ctlr::enable_group1);
    write(gic::igroupr + 4, 0);
    enable(spi);
    gic.set_line(spi, true);
    EXPECT_EQ(lists(), "");
    write(gic::gicd_ctlr, gic::ctlr::enable_group0 | gic::ctlr::enable_group1);
    EXPECT_EQ(lists(), "pending 40@128");
    EXPECT_FALSE(fake().cpus[0].lists[0].group1);
}

TEST_F(VgicDelivery, ALineThatFallsBeforeTheAcknowledgeIsForgotten) {
    enable(spi);
    gic.set_line(spi, true);
    gic.set_line(spi, false);
    EXPECT_EQ(lists(), "");
    EXPECT_EQ(guest().acknowledge(), spurious);
    EXPECT_FALSE(bit_of(gic::ispendr, spi));
}

TEST_F(VgicDelivery, ALineStillUpAtTheEndComesBack) {
    enable(spi);
    gic.set_line(spi, true);
    ASSERT_EQ(guest().acknowledge(), spi);
    settle();
    EXPECT_EQ(guest().acknowledge(), spurious);  // active: not again before the end
    guest().end(spi);
    EXPECT_TRUE(fake().cpus[0].wants_maintenance());
    settle();
    EXPECT_EQ(guest().acknowledge(), spi);
}

TEST_F(VgicDelivery, ALineThatFellMeanwhileDoesNotComeBackAndTheSignalIsSilenced) {
    enable(spi);
    gic.set_line(spi, true);
    ASSERT_EQ(guest().acknowledge(), spi);
    gic.set_line(spi, false);
    guest().end(spi);
    settle();  // a storm here: the emptied list register still asks for maintenance
    EXPECT_EQ(lists(), "");
    EXPECT_EQ(guest().acknowledge(), spurious);
}

TEST_F(VgicDelivery, AnEdgeIsDeliveredOnceHoweverOftenItCameBeforeTheAcknowledge) {
    enable(edge_spi);
    for (int i = 0; i < 3; ++i) {
        gic.set_line(edge_spi, true);
        gic.set_line(edge_spi, false);
    }
    EXPECT_EQ(guest().acknowledge(), edge_spi);
    guest().end(edge_spi);
    settle();
    gic.refresh(cpu());
    EXPECT_EQ(guest().acknowledge(), spurious);
}

TEST_F(VgicDelivery, AnEdgeWhileActiveIsPendingAndActive) {
    enable(edge_spi);
    gic.set_line(edge_spi, true);
    ASSERT_EQ(guest().acknowledge(), edge_spi);
    gic.set_line(edge_spi, false);
    gic.set_line(edge_spi, true);
    EXPECT_EQ(lists(), "both 41@128");
    guest().end(edge_spi);
    EXPECT_EQ(guest().acknowledge(), edge_spi);
    guest().end(edge_spi);
    settle();
    EXPECT_EQ(guest().acknowledge(), spurious);
}

TEST_F(VgicDelivery, AnEdgeWhileActiveAndDisabledWaitsForTheEnable) {
    enable(edge_spi);
    gic.set_line(edge_spi, true);
    ASSERT_EQ(guest().acknowledge(), edge_spi);
    set_bit(gic::icenabler, edge_spi);
    gic.set_line(edge_spi, false);
    gic.set_line(edge_spi, true);
    EXPECT_EQ(lists(), "active 41@128");
    guest().end(edge_spi);
    EXPECT_EQ(guest().acknowledge(), spurious);
    settle();
    set_bit(gic::isenabler, edge_spi);
    EXPECT_EQ(guest().acknowledge(), edge_spi);
}

TEST_F(VgicDelivery, DisablingTakesThePendingHalfBack) {
    enable(edge_spi);
    gic.set_line(edge_spi, true);
    ASSERT_EQ(guest().acknowledge(), edge_spi);
    gic.set_line(edge_spi, false);
    gic.set_line(edge_spi, true);
    set_bit(gic::icenabler, edge_spi);
    EXPECT_EQ(lists(), "active 41@128");
    EXPECT_TRUE(bit_of(gic::ispendr, edge_spi));
    guest().end(edge_spi);
    EXPECT_EQ(guest().acknowledge(), spurious);
    set_bit(gic::isenabler, edge_spi);
    EXPECT_EQ(guest().acknowledge(), edge_spi);
}

TEST_F(VgicDelivery, APrivateInterruptRaisedAgainTakesTheShortWay) {
    enable(ppi);
    ASSERT_TRUE(
        gic.write_redistributor(gic::sgi_frame + gic::icfgr + 4, 4, 2u << ((ppi - 16) * 2)));
    for (int i = 0; i < 5; ++i) {
        gic.raise_private(cpu(), ppi);
        EXPECT_EQ(guest().acknowledge(), ppi);
        guest().end(ppi);
    }
    EXPECT_EQ(cpu().counts.injected(), 5U);
    EXPECT_EQ(lists(), "");
}

TEST_F(VgicDelivery, AnUnknownNumberIsNobodys) {
    gic.raise_host(32 + 64);
    gic.set_line(1019, true);
    EXPECT_EQ(lists(), "");
}

}  // namespace
}  // namespace isthmus::core
