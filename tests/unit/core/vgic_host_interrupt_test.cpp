// SPDX-License-Identifier: Apache-2.0
// Interrupts that are a line of the machine: the guest's end is the machine's end.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using test::spurious;

class VgicHostInterrupt : public VgicTest {
  protected:
    static constexpr u32 timer = 27;
    static constexpr u32 host_timer = 127;
    static constexpr u32 host_line = 200;

    void SetUp() override {
        start(2);
        gic.connect(cpu(), timer, host_timer);
        gic.connect(cpu(), spi, host_line);
    }
};

TEST_F(VgicHostInterrupt, TheListRegisterNamesTheMachinesLine) {
    enable(spi, 0x40);
    gic.raise_host(spi);
    EXPECT_EQ(lists(), "pending 40@64");
    EXPECT_EQ(fake().cpus[0].lists[0].host_intid, host_line);
    EXPECT_FALSE(fake().cpus[0].lists[0].end_signal);
    ASSERT_EQ(guest().acknowledge(), spi);
    guest().end(spi);
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line}));
    gic.raise_host(spi);
    EXPECT_EQ(guest().acknowledge(), spi);
}

TEST_F(VgicHostInterrupt, TheTimerAgainAndAgain) {
    enable(timer);
    for (int i = 0; i < 3; ++i) {
        gic.raise_line_here(cpu(), timer);
        EXPECT_EQ(guest().acknowledge(), timer);
        guest().end(timer);
    }
    EXPECT_EQ(fake().deactivated.size(), 3U);
    gic.refresh(cpu());
    EXPECT_EQ(guest().acknowledge(), spurious);
}

TEST_F(VgicHostInterrupt, ADisabledOneStaysActiveInTheMachine) {
    gic.raise_host(spi);
    EXPECT_EQ(lists(), "");
    EXPECT_TRUE(fake().deactivated.empty());
    enable(spi);
    EXPECT_EQ(guest().acknowledge(), spi);
}

TEST_F(VgicHostInterrupt, DisablingRetractsItAndKeepsItPending) {
    enable(spi);
    gic.raise_host(spi);
    set_bit(gic::icenabler, spi);
    EXPECT_EQ(lists(), "");
    EXPECT_TRUE(fake().deactivated.empty());
    set_bit(gic::isenabler, spi);
    EXPECT_EQ(lists(), "pending 40@128");
    EXPECT_EQ(fake().cpus[0].lists[0].host_intid, host_line);
}

TEST_F(VgicHostInterrupt, ClearPendingEndsAnEdgeInTheMachine) {
    gic.connect_shared(spi, host_line, true);
    enable(spi);
    gic.raise_host(spi);
    set_bit(gic::icpendr, spi);
    EXPECT_EQ(lists(), "");
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line}));
    set_bit(gic::icenabler, spi);
    gic.raise_host(spi);
    set_bit(gic::icpendr, spi);  // the same while it waits outside the list registers
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line, host_line}));
}

TEST_F(VgicHostInterrupt, ClearPendingDoesNotLowerALine) {
    enable(spi);
    gic.raise_host(spi);
    set_bit(gic::icpendr, spi);
    EXPECT_EQ(lists(), "pending 40@128");
    EXPECT_TRUE(fake().deactivated.empty());
}

TEST_F(VgicHostInterrupt, ALineThatFellIsNotPendingAnyMore) {
    enable(spi);
    gic.raise_host(spi);
    fake().lines[host_line].is_up = false;
    EXPECT_FALSE(bit_of(gic::ispendr, spi));
    EXPECT_EQ(lists(), "");
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line}));
}

TEST_F(VgicHostInterrupt, ATimerThatTheGuestMaskedIsNotPendingAnyMore) {
    gic.raise_private(cpu(), timer);  // while the guest has it disabled
    EXPECT_TRUE(bit_of(gic::ispendr, timer));
    fake().cpus[0].fallen_lines.insert(host_timer);
    EXPECT_FALSE(bit_of(gic::ispendr, timer));
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_timer}));
    enable(timer);
    EXPECT_EQ(guest().acknowledge(), spurious);

    fake().cpus[0].fallen_lines.clear();
    gic.raise_line_here(cpu(), timer);
    ASSERT_EQ(lists(), "pending 27@128");
    fake().cpus[0].fallen_lines.insert(host_timer);
    EXPECT_TRUE(gic.wait(cpu())) << "nothing to wake up for";
    EXPECT_EQ(lists(), "");
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_timer, host_timer}));
}

TEST_F(VgicHostInterrupt, EnablingATimerThatTheGuestMaskedDeliversNothing) {
    gic.raise_private(cpu(), timer);
    fake().cpus[0].fallen_lines.insert(host_timer);
    enable(timer);
    EXPECT_EQ(lists(), "");
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_timer}));
}

TEST_F(VgicHostInterrupt, ClearPendingBeforeTheHolderHasSeenThatItWasEnded) {
    gic.connect_shared(spi, host_line, true);
    route(spi, 1);
    enable(spi);
    gic.raise_host(spi);
    settle();
    ASSERT_EQ(guest(1).acknowledge(), spi);
    guest(1).end(spi);
    gic.raise_host(spi);
    set_bit(gic::icpendr, spi);
    settle();
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line, host_line}));
    EXPECT_EQ(guest(1).acknowledge(), spurious);
}

TEST_F(VgicHostInterrupt, ALineThatFiresAgainBeforeTheHolderHasSeenThatItWasEnded) {
    route(spi, 1);
    enable(spi);
    gic.raise_host(spi);
    settle();
    ASSERT_EQ(guest(1).acknowledge(), spi);
    guest(1).end(spi);
    gic.raise_host(spi);  // on CPU 0
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spi);
    guest(1).end(spi);
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line, host_line}));
}

// What another CPU asks of a vCPU's timer is done by the vCPU's own, as the state is that one's.
TEST_F(VgicHostInterrupt, WhatAnotherCpuClearsIsEndedByTheVcpusOwn) {
    gic.connect(cpu(1), timer, host_timer);
    const u64 frame = gic::redistributor_size + gic::sgi_frame;
    const u32 bit = u32{1} << timer;
    fake().cpu = 1;
    gic.raise_private(cpu(1), timer);  // disabled: it waits
    fake().cpus[1].fallen_lines.insert(host_timer);
    fake().cpu = 0;
    ASSERT_TRUE(gic.write_redistributor(frame + gic::icpendr, 4, bit));
    ASSERT_TRUE(gic.write_redistributor(frame + gic::isactiver, 4, bit));
    ASSERT_TRUE(gic.write_redistributor(frame + gic::icactiver, 4, bit));
    EXPECT_TRUE(fake().deactivated.empty()) << "on CPU 0";
    fake().cpu = 1;
    gic.refresh(cpu(1));
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_timer}));
}

TEST_F(VgicHostInterrupt, AParkedTimerGoesWithItsVcpuAndAResetElsewhereLeavesOthersAlone) {
    start(2, 1);
    gic.connect(cpu(1), timer, host_timer);
    const u64 frame = gic::redistributor_size + gic::sgi_frame;
    ASSERT_TRUE(gic.write_redistributor(frame + gic::isenabler, 4, u32{1} << timer));
    ASSERT_TRUE(gic.write_redistributor(frame + gic::ipriorityr + timer, 1, 0x80));
    fake().cpu = 1;
    gic.raise_private(cpu(1), timer);
    fake().cpus[1].private_active.insert(host_timer);
    ASSERT_EQ(guest(1).acknowledge(), timer);
    gic.send_sgi(cpu(1), u64{1} << 24 | 2);
    ASSERT_EQ(guest(1).acknowledge(), 1U);  // the timer's list register is another's now
    stop(1);
    EXPECT_TRUE(fake().cpus[1].private_active.empty());
    run(1);
    EXPECT_TRUE(fake().cpus[1].private_active.contains(host_timer));
    stop(1);
    fake().cpu = 0;
    gic.reset(cpu(1));  // CPU_ON by the other vCPU
    EXPECT_TRUE(fake().deactivated.empty());
    run(1);
    EXPECT_TRUE(fake().cpus[1].private_active.empty());
}

TEST_F(VgicHostInterrupt, ClearActiveEndsItInTheMachine) {
    enable(spi);
    gic.raise_host(spi);
    ASSERT_EQ(guest().acknowledge(), spi);
    set_bit(gic::icactiver, spi);
    EXPECT_EQ(lists(), "");
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line}));
}

TEST_F(VgicHostInterrupt, AParkedOneIsEndedByCount) {
    start(1, 1);
    gic.connect(cpu(), spi, host_line);
    enable(spi, 0x80);
    gic.raise_host(spi);
    ASSERT_EQ(guest().acknowledge(), spi);
    enable(other_spi, 0x40);
    gic.set_line(other_spi, true);
    ASSERT_EQ(guest().acknowledge(), other_spi);
    gic.set_line(other_spi, false);
    guest().end(other_spi);
    settle();
    EXPECT_TRUE(fake().deactivated.empty());
    guest().end(spi);
    settle();
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line}));
}

TEST_F(VgicHostInterrupt, ClearActiveOfAParkedOneEndsItInTheMachine) {
    start(1, 1);
    gic.connect(cpu(), spi, host_line);
    enable(spi, 0x80);
    gic.raise_host(spi);
    ASSERT_EQ(guest().acknowledge(), spi);
    enable(other_spi, 0x40);
    gic.set_line(other_spi, true);
    ASSERT_EQ(guest().acknowledge(), other_spi);
    set_bit(gic::icactiver, spi);
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line}));
}

TEST_F(VgicHostInterrupt, ReroutingRetracts) {
    enable(spi);
    gic.raise_host(spi);
    route(spi, 1);
    settle();
    EXPECT_EQ(lists(0), "");
    EXPECT_EQ(lists(1), "pending 40@128");
    EXPECT_TRUE(fake().deactivated.empty());
}

TEST_F(VgicHostInterrupt, AResetEndsTheTimerInWhateverStateItWas) {
    enable(timer);
    gic.raise_private(cpu(), timer);
    gic.reset(cpu());  // pending in a list register
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_timer}));

    fake().deactivated.clear();
    enable(timer);
    gic.raise_private(cpu(), timer);
    ASSERT_EQ(guest().acknowledge(), timer);
    gic.reset(cpu());  // active in one
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_timer}));
    EXPECT_EQ(lists(), "");

    fake().deactivated.clear();
    gic.raise_private(cpu(), timer);
    gic.reset(cpu());  // waiting, disabled
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_timer}));

    fake().deactivated.clear();
    gic.reset(cpu());  // nothing there
    EXPECT_TRUE(fake().deactivated.empty());
    EXPECT_EQ(cpu().private_irqs[timer].host_intid, host_timer);
}

TEST_F(VgicHostInterrupt, AResetEndsASharedOneThatTheVcpuHeld) {
    enable(spi);
    gic.raise_host(spi);
    ASSERT_EQ(guest().acknowledge(), spi);
    gic.reset(cpu());
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{host_line}));
    EXPECT_FALSE(bit_of(gic::isactiver, spi));
}

/// A device's line, as core::connect_device_lines ties it: the same number in the machine.
class VgicDeviceLine : public VgicTest {
  protected:
    void SetUp() override {
        start(2);
        gic.connect_shared(spi, spi, false);
        gic.connect_shared(edge_spi, edge_spi, true);
        gic.connect_shared(other_spi, other_spi, false);
    }
    static const test::FakeLine& line(u32 intid) { return fake().lines[intid]; }
    void route(u32 intid, u64 affinity) { write(gic::gicd_irouter + u64{8} * intid, affinity, 8); }
};

TEST_F(VgicDeviceLine, IsEnabledInTheMachineAsTheGuestHasIt) {
    EXPECT_FALSE(line(spi).enabled);
    enable(spi);
    EXPECT_TRUE(line(spi).enabled);
    EXPECT_FALSE(line(other_spi).enabled);
    set_bit(gic::icenabler, spi);
    EXPECT_FALSE(line(spi).enabled);
}

TEST_F(VgicDeviceLine, OthersOfTheGuestLeaveTheMachineAlone) {
    enable(spi + 20);
    enable(27);
    set_bit(gic::icenabler, 27);
    EXPECT_TRUE(fake().lines.empty());
}

TEST_F(VgicDeviceLine, FollowsTheRouteToTheVcpusCpu) {
    enable(spi);
    route(spi, 1);
    EXPECT_EQ(line(spi).cpu, 1u);
    route(spi, 77);  // an affinity that no vCPU has
    EXPECT_EQ(line(spi).cpu, 1u);
    route(spi + 20, 1);
    EXPECT_FALSE(fake().lines.contains(spi + 20));
}

/// While the guest was built the CPU may not have been there to be named.
TEST_F(VgicDeviceLine, IsRoutedWhenItIsEnabled) {
    route(spi, 1);
    fake().lines.clear();
    enable(spi);
    EXPECT_EQ(line(spi).cpu, 1u);
}

/// What a tree says of a line that a controller hands on is not always the trigger that arrives.
TEST_F(VgicDeviceLine, ItsTriggerIsTheGuestsWhileItIsDisabled) {
    const u64 word = gic::icfgr + spi / 16 * 4;
    const u64 before = read(word);
    EXPECT_EQ((before >> (edge_spi % 16 * 2)) & 2, 2u);
    EXPECT_EQ((before >> (spi % 16 * 2)) & 2, 0u);
    enable(edge_spi);
    write(word, ~before & 0xffff'ffff);
    EXPECT_EQ((read(word) >> (edge_spi % 16 * 2)) & 2, 2u) << "enabled";
    EXPECT_EQ((read(word) >> (spi % 16 * 2)) & 2, 2u);
    EXPECT_TRUE(line(spi).edge);
    EXPECT_FALSE(fake().lines.contains(spi + 3)) << "no line of the machine";
}

/// The line stays active in the machine, which therefore does not signal it again; others go on as
/// before.
TEST_F(VgicDeviceLine, OneThatIsNeverEndedBlocksItselfAlone) {
    enable(spi, 0x80);
    enable(other_spi, 0x40);
    gic.raise_host(spi);
    ASSERT_EQ(guest().acknowledge(), spi);
    for (int i = 0; i < 3; ++i) {
        gic.raise_host(other_spi);
        ASSERT_EQ(guest().acknowledge(), other_spi);
        guest().end(other_spi);
    }
    EXPECT_EQ(fake().deactivated, (std::vector<u32>{other_spi, other_spi, other_spi}));
}

}  // namespace
}  // namespace isthmus::core
