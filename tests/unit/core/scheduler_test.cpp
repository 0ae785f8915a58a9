// SPDX-License-Identifier: Apache-2.0
// Two domains' vCPUs on one CPU: slices, sleeping, waking, timers.
#include "core/run/scheduler.hpp"

#include <gtest/gtest.h>

#include "arch/arm64/cpu/registers.hpp"
#include "core/arm/guest_timers.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/entry_points.hpp"
#include "core/run/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

struct Asleep {};
constexpr u64 slice = 5000;

class SchedulerTest : public ::testing::Test {
  protected:
    SchedulerTest() : a_(domains_of(1)), b_(domains_of(2)) {
        PerCpu& cpu = per_cpu(home_);
        cpu.queue = RunQueue();
        cpu.queue.set_slice(slice);
        cpu.slice_end.fire = fire_slice_end;
        cpu.slice_end.context = &cpu;
        for (Vcpu* vcpu : {&a_, &b_}) {
            before_.push_back(vcpu->host_cpu);
            vcpu->host_cpu = home_;
            vcpu->vgic->host_cpu = home_;
            vcpu->vgic->resident = false;
            vcpu->vgic->waiting.store(0);
            vcpu->priority = 0;
            vcpu->ran = vcpu->owed = 0;
            vcpu->has_slept = true;
            vcpu->was_cut = vcpu->console_due = false;
            vcpu->console_deadline.armed = false;
            vcpu->state = {};
            vcpu->domain->state.store(Domain::State::running);
            vcpu->domain->vcpus_on.store(1);
            vcpu->power.store(Vcpu::Power::on);
            vcpu->domain->vgic.reset(*vcpu->vgic);
            cpu.queue.add(*vcpu);
        }
        fake().on_idle = [] { throw Asleep(); };
        fake().cpu = home_;
    }
    ~SchedulerTest() override {
        fake().restart();
        a_.host_cpu = before_[0];
        a_.vgic->host_cpu = static_cast<u16>(before_[0]);
        b_.host_cpu = before_[1];
        b_.vgic->host_cpu = static_cast<u16>(before_[1]);
        a_.vgic->resident = b_.vgic->resident = false;
    }
    static Vcpu& domains_of(usize index) {
        test::booted();
        return domains()[index].vcpus[0];
    }
    /// Who runs next; nullptr when the CPU sleeps.
    static Vcpu* next() {
        try {
            schedule();
        } catch (const test::GuestEntered&) {
        } catch (const Asleep&) {
        }
        return this_cpu().current;
    }
    static void pass(u64 ticks) { fake().now += ticks; }

    u16 home_ = 3;
    Vcpu& a_;
    Vcpu& b_;
    std::vector<u32> before_;
};

TEST_F(SchedulerTest, TheSliceEndsOnlyWhenAnotherIsReady) {
    b_.vgic->waiting.store(1);
    ASSERT_EQ(next(), &a_);
    EXPECT_TRUE(fake().here().traps_wfi);
    EXPECT_EQ(fake().here().deadline, ~u64{0});
    b_.vgic->waiting.store(0);
    reconsider(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest == false);
    EXPECT_EQ(fake().here().deadline, fake().now + slice);
    pass(slice);
    on_deadline(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest);
    EXPECT_EQ(next(), &b_);
    EXPECT_EQ(a_.ran, slice);
}

TEST_F(SchedulerTest, ASwitchSlowerThanASliceLeavesEachItsSlice) {
    fake().load_ticks = 3 * slice;
    ASSERT_EQ(next(), &a_);
    for (Vcpu* following : {&b_, &a_, &b_, &a_}) {
        EXPECT_GT(fake().here().deadline, fake().now);
        EXPECT_LE(fake().here().deadline, fake().now + slice);
        EXPECT_GT(this_cpu().current->budget, 0);
        on_kick(this_cpu());
        EXPECT_FALSE(this_cpu().leave_guest);
        fake().now = fake().here().deadline;
        on_deadline(this_cpu());
        EXPECT_TRUE(this_cpu().leave_guest);
        ASSERT_EQ(next(), following);
    }
    EXPECT_NEAR(static_cast<double>(a_.ran), static_cast<double>(b_.ran), 4 * slice);
}

TEST_F(SchedulerTest, AnInterruptWakesAndComesFirst) {
    ASSERT_EQ(next(), &a_);
    Vgic& gic = a_.domain->vgic;
    static_cast<void>(gic.write_distributor(*a_.vgic, 0, 4, 2));
    EXPECT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    pass(100);
    fake().kicks.clear();
    gic.raise_private(*a_.vgic, 5);
    EXPECT_EQ(fake().kicks, (std::vector<usize>{home_}));
    gic.raise_private(*a_.vgic, 6);
    EXPECT_EQ(fake().kicks.size(), 1u);  // it is awake: nothing to tell
    on_kick(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest);
    EXPECT_EQ(next(), &a_);
    EXPECT_EQ(b_.ran, 100u);
    EXPECT_EQ(wait_for_guest_interrupt(a_), TrapResult::done);  // one is pending
}

TEST_F(SchedulerTest, APendingInterruptOfTheMachineIsTakenBeforeSleeping) {
    ASSERT_EQ(next(), &a_);
    fake().here().interrupt_pending = true;
    EXPECT_EQ(wait_for_guest_interrupt(a_), TrapResult::done);
}

TEST_F(SchedulerTest, TheVirtualTimerOfASleeperWakesIt) {
    ASSERT_EQ(next(), &a_);
    a_.state.cntv_ctl = arch::timer_ctl::enable;
    a_.state.cntv_cval = fake().now + 700;
    ASSERT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    EXPECT_EQ(fake().here().deadline, fake().now + 700);
    pass(700);
    on_deadline(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest);
    EXPECT_EQ(next(), &a_);
    EXPECT_FALSE(a_.virtual_deadline.armed);
}

TEST_F(SchedulerTest, TheTimersActiveStateGoesWithItsVcpu) {
    ASSERT_EQ(next(), &a_);
    static_cast<void>(a_.domain->vgic.write_distributor(*a_.vgic, 0, 4, 2));
    static_cast<void>(a_.domain->vgic.write_redistributor(0x1'0100, 4, u32{1} << 27));
    on_virtual_timer(this_cpu());
    const u32 line = a_.vgic->private_irqs[guest_virtual_timer].host_intid;
    pass(slice);
    reconsider(this_cpu());
    ASSERT_EQ(next(), &b_);
    EXPECT_FALSE(fake().here().private_active.contains(line));
    pass(slice);
    reconsider(this_cpu());
    ASSERT_EQ(next(), &a_);
    EXPECT_TRUE(fake().here().private_active.contains(line));
    EXPECT_EQ(fake().here().lists[0].intid, guest_virtual_timer);
    EXPECT_EQ(fake().here().lists[0].state, arch::ListRegister::State::pending);
}

TEST_F(SchedulerTest, AnEqualThatWakesWaitsForALeastTurn) {
    this_cpu().minimum_turn = 300;
    ASSERT_EQ(next(), &a_);
    ASSERT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    pass(100);
    a_.vgic->waiting.store(0);
    on_kick(this_cpu());
    EXPECT_FALSE(this_cpu().leave_guest);
    EXPECT_EQ(fake().here().deadline, fake().now + 200);
    pass(200);
    on_deadline(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest);
    EXPECT_EQ(next(), &a_);
}

TEST_F(SchedulerTest, AWakerPaysForTheSwitchesToItAndBack) {
    fake().load_ticks = 40;
    ASSERT_EQ(next(), &a_);
    ASSERT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    EXPECT_EQ(a_.ran, 40u);
    pass(100);
    a_.vgic->waiting.store(0);
    on_kick(this_cpu());
    ASSERT_EQ(next(), &a_);
    ASSERT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    EXPECT_EQ(b_.ran, 60u);  // as much as a switch for the interrupt is the waker's, too
    EXPECT_EQ(a_.ran, 40u + 40 + 40 + 40);
}

TEST_F(SchedulerTest, OneThatWasCutShortDoesNotCutInReturn) {
    ASSERT_EQ(next(), &a_);
    ASSERT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    pass(100);
    a_.vgic->waiting.store(0);
    on_kick(this_cpu());
    ASSERT_EQ(next(), &a_);
    pass(300);
    on_kick(this_cpu());
    EXPECT_FALSE(this_cpu().leave_guest);  // though b has more of its slice left
}

TEST_F(SchedulerTest, AnUnfinishedLineIsWrittenInATurnOfItsOwn) {
    a_.console_deadline.fire = fire_console;
    a_.console_deadline.context = &a_;
    ASSERT_EQ(next(), &a_);
    a_.domain->console.put(a_, '$');
    ASSERT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    fake().take_output();
    fake().byte_ticks = 50;
    const u64 before = a_.ran;
    pass(a_.console_deadline.deadline - fake().now);
    on_deadline(this_cpu());
    EXPECT_EQ(fake().take_output(), "");
    EXPECT_TRUE(this_cpu().leave_guest);
    const u64 ran = b_.ran;
    ASSERT_EQ(next(), &b_);
    const std::string said = fake().take_output();
    EXPECT_NE(said.find("| $"), std::string::npos);
    EXPECT_EQ(a_.ran - before, 50 * said.size());
    EXPECT_EQ(b_.ran, ran);
    EXPECT_FALSE(a_.console_due);
    a_.domain->console.finish();
}

TEST_F(SchedulerTest, PriorityComesBeforeOneThatRuns) {
    b_.priority = 1;
    b_.vgic->waiting.store(1);
    ASSERT_EQ(next(), &a_);
    b_.vgic->waiting.store(0);
    on_kick(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest);
    EXPECT_EQ(next(), &b_);
}

TEST_F(SchedulerTest, ASleeperOfAStoppedDomainLeavesTheCpu) {
    ASSERT_EQ(next(), &a_);
    ASSERT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    stop_domain(*a_.domain, StopReason::reset);
    on_kick(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest);
    EXPECT_EQ(next(), &b_);
    EXPECT_EQ(a_.domain->state.load(), Domain::State::stopped);
}

TEST_F(SchedulerTest, AllAsleepAndTheCpuSleepsAndNobodyPays) {
    ASSERT_EQ(next(), &a_);
    ASSERT_EQ(wait_for_guest_interrupt(a_), TrapResult::blocked);
    ASSERT_EQ(next(), &b_);
    ASSERT_EQ(wait_for_guest_interrupt(b_), TrapResult::blocked);
    EXPECT_EQ(next(), nullptr);
    EXPECT_EQ(fake().here().deadline, ~u64{0});
}

}  // namespace
}  // namespace isthmus::core
