// SPDX-License-Identifier: Apache-2.0
// Interrupts between vCPUs on different CPUs: SGIs, routing, kicks.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using test::spurious;

class VgicRemote : public VgicTest {
  protected:
    void SetUp() override { start(3); }

    /// ICC_SGI1R_EL1 for a target list in one cluster.
    static u64 sgi(u32 intid, u16 list, u64 aff1 = 0, u64 aff2 = 0, u64 aff3 = 0) {
        return list | (aff1 << 16) | (u64{intid} << 24) | (aff2 << 32) | (aff3 << 48);
    }
    static constexpr u64 all_but_self = u64{1} << 40;
    bool is_sgi_pending(usize index, u32 intid) {
        const u64 frame = index * gic::redistributor_size + gic::sgi_frame;
        return ((gic.read_redistributor(frame + gic::ispendr, 4).value_or(0) >> intid) & 1) != 0;
    }
    /// A letter for each vCPU on which the SGI is pending.
    std::string pending_on(u32 intid) {
        std::string text;
        for (usize index = 0; index < 3; ++index) {
            text += is_sgi_pending(index, intid) ? static_cast<char>('0' + index) : '-';
        }
        return text;
    }
};

TEST_F(VgicRemote, AnSgiToOneselfNeedsNoKick) {
    gic.send_sgi(cpu(0), sgi(5, 0b001));
    EXPECT_EQ(pending_on(5), "0--");
    EXPECT_TRUE(fake().kicks.empty());
    EXPECT_EQ(guest().acknowledge(), 5U);
    EXPECT_FALSE(fake().cpus[0].lists[0].end_signal);
}

TEST_F(VgicRemote, TheTargetListNamesVcpus) {
    gic.send_sgi(cpu(0), sgi(7, 0b110));
    EXPECT_EQ(pending_on(7), "-12");
    EXPECT_EQ(fake().kicks, (std::vector<usize>{1, 2}));
    EXPECT_EQ(lists(1), "");  // only its own CPU writes its list registers
    settle();
    EXPECT_EQ(guest(1).acknowledge(), 7U);
    EXPECT_EQ(guest(2).acknowledge(), 7U);
    EXPECT_EQ(guest(0).acknowledge(), spurious);
}

TEST_F(VgicRemote, AllButSelf) {
    gic.send_sgi(cpu(0), all_but_self | sgi(3, 0b1));
    EXPECT_EQ(pending_on(3), "-12");
}

TEST_F(VgicRemote, ClustersAndRanges) {
    cpu(1).mpidr = 0x0100;   // Aff1 1
    cpu(2).mpidr = 0x10012;  // Aff2 1, Aff0 0x12: range 1
    gic.send_sgi(cpu(0), sgi(1, 0b11, 1));
    EXPECT_EQ(pending_on(1), "-1-");
    gic.send_sgi(cpu(0), sgi(2, 0b100, 0, 1));
    EXPECT_EQ(pending_on(2), "---");  // range 0 of that cluster
    gic.send_sgi(cpu(0), sgi(2, 0b100, 0, 1) | (u64{1} << 44));
    EXPECT_EQ(pending_on(2), "--2");
    gic.send_sgi(cpu(0), sgi(4, 0b1, 0, 0, 1));
    EXPECT_EQ(pending_on(4), "---");  // Aff3 1: nobody
}

TEST_F(VgicRemote, ADisabledSgiWaits) {
    ASSERT_TRUE(gic.write_redistributor(gic::sgi_frame + gic::icenabler, 4, 1u << 6));
    gic.send_sgi(cpu(0), sgi(6, 0b1));
    EXPECT_EQ(lists(), "");
    ASSERT_TRUE(gic.write_redistributor(gic::sgi_frame + gic::isenabler, 4, 1u << 6));
    EXPECT_EQ(guest().acknowledge(), 6U);
}

TEST_F(VgicRemote, AnSgiWhileTheSameIsActiveComesAfterIt) {
    gic.send_sgi(cpu(0), sgi(5, 0b010));
    settle();
    ASSERT_EQ(guest(1).acknowledge(), 5U);
    gic.send_sgi(cpu(0), sgi(5, 0b010));
    gic.send_sgi(cpu(0), sgi(5, 0b010));
    settle();
    EXPECT_EQ(lists(1), "both 5@0");
    guest(1).end(5);
    EXPECT_EQ(guest(1).acknowledge(), 5U);
    guest(1).end(5);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spurious);
}

TEST_F(VgicRemote, ASharedInterruptGoesWhereItIsRouted) {
    route(spi, 2);
    enable(spi);
    gic.set_line(spi, true);
    EXPECT_EQ(fake().kicks, (std::vector<usize>{2}));
    settle();
    EXPECT_EQ(lists(2), "pending 40@128");
    EXPECT_EQ(read(gic::gicd_irouter + spi * 8, 8), 2U);
}

TEST_F(VgicRemote, RoutingChangesWhilePending) {
    enable(spi);
    gic.set_line(spi, true);
    ASSERT_EQ(lists(0), "pending 40@128");
    route(spi, 1);
    settle();
    EXPECT_EQ(lists(0), "");
    EXPECT_EQ(guest(1).acknowledge(), spi);
}

TEST_F(VgicRemote, RoutingChangesWhilePendingElsewhere) {
    route(edge_spi, 1);
    enable(edge_spi);
    gic.set_line(edge_spi, true);
    settle();
    ASSERT_EQ(lists(1), "pending 41@128");
    route(edge_spi, 2);
    settle();
    EXPECT_EQ(lists(1), "");
    EXPECT_EQ(guest(2).acknowledge(), edge_spi);
    EXPECT_EQ(guest(1).acknowledge(), spurious);
}

TEST_F(VgicRemote, RoutingChangesWhileActive) {
    enable(spi);
    gic.set_line(spi, true);
    ASSERT_EQ(guest(0).acknowledge(), spi);
    route(spi, 1);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spurious);  // one activation at a time
    guest(0).end(spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spi);
}

TEST_F(VgicRemote, RoutingMovesTheHalfThatWaitsBehindTheActiveOne) {
    enable(edge_spi);
    set_bit(gic::ispendr, edge_spi);
    ASSERT_EQ(guest(0).acknowledge(), edge_spi);
    set_bit(gic::ispendr, edge_spi);
    route(edge_spi, 1);
    settle();
    guest(0).end(edge_spi);
    settle();
    EXPECT_EQ(guest(0).acknowledge(), spurious);
    EXPECT_EQ(guest(1).acknowledge(), edge_spi);
}

TEST_F(VgicRemote, AnAffinityThatNoVcpuHasSilencesUntilTheNextRoute) {
    enable(spi);
    gic.set_line(spi, true);
    route(spi, 9);
    settle();
    EXPECT_EQ(lists(0), "");
    EXPECT_TRUE(bit_of(gic::ispendr, spi));
    route(spi, u64{1} << 32 | 1);  // Aff3
    settle();
    EXPECT_EQ(lists(1), "");
    route(spi, 1);
    settle();
    EXPECT_EQ(lists(1), "pending 40@128");
}

TEST_F(VgicRemote, DisablingElsewhereAsksTheHolder) {
    route(spi, 1);
    enable(spi);
    gic.set_line(spi, true);
    settle();
    fake().kicks.clear();
    set_bit(gic::icenabler, spi);
    EXPECT_EQ(fake().kicks, (std::vector<usize>{1}));
    settle();
    EXPECT_EQ(lists(1), "");
    EXPECT_TRUE(bit_of(gic::ispendr, spi));
}

TEST_F(VgicRemote, AnEdgeBetweenClearPendingAndTheKickIsNotLost) {
    route(edge_spi, 1);
    enable(edge_spi);
    set_bit(gic::ispendr, edge_spi);
    settle();
    set_bit(gic::icpendr, edge_spi);
    set_bit(gic::ispendr, edge_spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), edge_spi);
    guest(1).end(edge_spi);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spurious);
}

TEST_F(VgicRemote, ClearPendingIsNotForgottenByAReset) {
    route(edge_spi, 1);
    enable(edge_spi);
    set_bit(gic::ispendr, edge_spi);
    settle();
    set_bit(gic::icpendr, edge_spi);
    fake().cpu = 1;
    gic.reset(cpu(1));
    gic.refresh(cpu(1));
    EXPECT_EQ(guest(1).acknowledge(), spurious);
}

TEST_F(VgicRemote, OneThatIsAboutToSleepIsWoken) {
    fake().cpu = 1;
    ASSERT_TRUE(gic.wait(cpu(1)));
    fake().cpu = 0;
    enable(spi);
    route(spi, 1);
    gic.set_line(spi, true);  // between the look at what is pending and the way off the CPU
    EXPECT_EQ(cpu(1).waiting.load(), 0u);
    EXPECT_EQ(fake().kicks.back(), 1u);
}

TEST_F(VgicRemote, ClearActiveElsewhere) {
    route(spi, 1);
    enable(spi);
    gic.set_line(spi, true);
    settle();
    ASSERT_EQ(guest(1).acknowledge(), spi);
    fake().cpu = 1;
    gic.refresh(cpu(1));
    fake().cpu = 0;
    EXPECT_TRUE(bit_of(gic::isactiver, spi));
    gic.set_line(spi, false);
    set_bit(gic::icactiver, spi);
    settle();
    EXPECT_FALSE(bit_of(gic::isactiver, spi));
    EXPECT_EQ(lists(1), "");
}

TEST_F(VgicRemote, AVcpuThatDoesNotRunGetsItsInterruptsWhenItComes) {
    stop(1);
    fake().cpu = 0;
    gic.send_sgi(cpu(0), sgi(5, 0b010));
    settle();
    EXPECT_EQ(lists(1), "");
    run(1);
    EXPECT_EQ(lists(1), "pending 5@0");
}

}  // namespace
}  // namespace isthmus::core
