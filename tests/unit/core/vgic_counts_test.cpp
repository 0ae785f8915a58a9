// SPDX-License-Identifier: Apache-2.0
// What became of each interrupt: taken, withdrawn, pending at the end, and nothing else.
#include "core/arm/vgic/interrupt_counts.hpp"
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using test::fake;

class VgicCounts : public VgicTest {
  protected:
    /// As the summary has it, after the vCPU has left: "injected taken withdrawn pending lost".
    std::string totals() {
        stop(0);
        InterruptTotals sum;
        add_totals(sum, cpu());
        TextBuffer<80> text;
        print(text, "{} {} {} {} {}", sum.injected, sum.taken, sum.withdrawn, sum.pending,
              sum.lost());
        return std::string(text.view());
    }
    void take(u32 intid) { ASSERT_EQ(guest().acknowledge(), intid); }
    void handle(u32 intid) {
        take(intid);
        gic.set_line(intid, false);
        guest().end(intid);
        settle();
    }
};

TEST_F(VgicCounts, OneThatWasHandledWasTaken) {
    enable(spi);
    gic.set_line(spi, true);
    handle(spi);
    EXPECT_EQ(totals(), "1 1 0 0 0");
}

TEST_F(VgicCounts, OneThatIsStillActiveWasTaken) {
    enable(spi);
    gic.set_line(spi, true);
    take(spi);
    EXPECT_EQ(totals(), "1 1 0 0 0");
}

TEST_F(VgicCounts, OneThatTheGuestNeverSawIsPending) {
    enable(spi);
    gic.set_line(spi, true);
    EXPECT_EQ(totals(), "1 0 0 1 0");
}

TEST_F(VgicCounts, ALineThatFellBeforeIsWithdrawn) {
    enable(spi);
    gic.set_line(spi, true);
    gic.set_line(spi, false);
    EXPECT_EQ(totals(), "1 0 1 0 0");
}

TEST_F(VgicCounts, TheShortWayCountsWhatTheGuestHasEndedThere) {
    constexpr u32 sgi = 3;  // its end needs no look at the list register
    for (int i = 0; i < 3; ++i) {
        gic.raise_line_here(cpu(), sgi);
        take(sgi);
        guest().end(sgi);
    }
    EXPECT_EQ(cpu().counts.repeated, 2U);
    EXPECT_EQ(totals(), "3 3 0 0 0");
}

TEST_F(VgicCounts, AnEdgeBesideAnActiveOneIsASecondInterrupt) {
    enable(edge_spi);
    gic.set_line(edge_spi, true);
    take(edge_spi);
    gic.set_line(edge_spi, false);
    gic.set_line(edge_spi, true);
    EXPECT_EQ(lists(), "both 41@128");
    guest().end(edge_spi);
    take(edge_spi);
    EXPECT_EQ(totals(), "2 2 0 0 0");
}

TEST_F(VgicCounts, AnEdgeBesideAnActiveOneIsWithdrawnByItself) {
    enable(edge_spi);
    gic.set_line(edge_spi, true);
    take(edge_spi);
    gic.set_line(edge_spi, false);
    gic.set_line(edge_spi, true);
    set_bit(gic::icpendr, edge_spi);
    EXPECT_EQ(lists(), "active 41@128");
    guest().end(edge_spi);
    EXPECT_EQ(totals(), "2 1 1 0 0");
}

TEST_F(VgicCounts, WhatMadeRoomIsInjectedAgain) {
    start(1, 1);
    enable(50, 0x80);
    enable(51, 0x40);
    gic.set_line(50, true);
    gic.set_line(51, true);
    handle(51);
    handle(50);
    EXPECT_EQ(totals(), "3 2 1 0 0");
}

TEST_F(VgicCounts, OneThatIsParkedWasTaken) {
    start(1, 1);
    enable(50, 0x80);
    enable(51, 0x40);
    gic.set_line(50, true);
    take(50);
    gic.set_line(51, true);
    handle(51);
    gic.set_line(50, false);
    guest().end(50);
    settle();
    EXPECT_EQ(totals(), "2 2 0 0 0");
}

TEST_F(VgicCounts, AResetWithdrawsWhatIsPending) {
    enable(spi);
    enable(edge_spi);
    gic.set_line(spi, true);
    take(spi);
    gic.set_line(edge_spi, true);
    gic.reset(cpu());
    gic.set_line(spi, false);
    set_bit(gic::icpendr, edge_spi);
    const std::string found = totals();
    EXPECT_EQ(found.substr(found.size() - 4), " 0 0");
    EXPECT_EQ(cpu().counts.ended, 1U);
}

TEST_F(VgicCounts, AListRegisterThatIsWrittenOverIsALostInterrupt) {
    enable(spi);
    enable(edge_spi);
    gic.set_line(spi, true);
    cpu().used = 0;  // as a bug would leave it
    gic.set_line(edge_spi, true);
    EXPECT_EQ(totals(), "2 0 0 1 1");
}

}  // namespace
}  // namespace isthmus::core
