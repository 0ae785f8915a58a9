// SPDX-License-Identifier: Apache-2.0
// Guests with Xen's interface that share a CPU: what each is told of the time that the other had,
// and that SCHEDOP_yield gives nothing away.
#include "core/arm/xen/runstate.hpp"
#include "core/entry_points.hpp"
#include "core/run/interrupts.hpp"
#include "core/run/scheduler.hpp"
#include "tests/unit/core/xen_fixture.hpp"

namespace isthmus::core::xen {
namespace {

using test::fake;

class XenSharedCpu : public test::XenTest {
  protected:
    static constexpr u16 home = 3;
    static constexpr u64 slice = 5000;
    static constexpr u64 area = 20 * page_size;

    XenSharedCpu() {
        PerCpu& cpu = per_cpu(home);
        before_ = cpu.queue;
        cpu.queue = RunQueue();
        cpu.queue.set_slice(slice);
        cpu.slice_end.fire = fire_slice_end;
        cpu.slice_end.context = &cpu;
        fake().cpu = home;
        for (test::XenSide* side : {&a, &b}) {
            Vcpu& vcpu = side->guest.vcpu();
            vcpu.host_cpu = home;
            vcpu.vgic->host_cpu = home;
            cpu.queue.add(vcpu);
            side->put(0x100, u64{side->ram + area});
            EXPECT_EQ(side->call(call::vcpu_op, vcpu_command::register_runstate_memory_area, 0,
                                 side->ram + 0x100),
                      0);
        }
        cpu.current = nullptr;
        fake().on_idle = [] { throw Asleep(); };
    }
    ~XenSharedCpu() override {
        fake().restart();
        PerCpu& cpu = per_cpu(home);
        cpu.queue = before_;
        cpu.current = nullptr;
        cpu.tells_runstate.store(0);
    }
    struct Asleep {};

    static Vcpu* next() {
        try {
            schedule();
        } catch (const test::GuestEntered&) {
        } catch (const Asleep&) {
        }
        return this_cpu().current;
    }
    static void use_slice_up() {
        fake().now = fake().here().deadline;
        on_deadline(this_cpu());
        EXPECT_TRUE(this_cpu().leave_guest);
    }
    static RunstateInfo state_of(test::XenSide& side) { return side.get<RunstateInfo>(area); }

  private:
    RunQueue before_;
};

/// Of a and b each has the CPU for a slice in turn: what the other has is stolen.
TEST_F(XenSharedCpu, WhatTheOtherHasIsStolenTime) {
    Vcpu* first = next();
    ASSERT_NE(first, nullptr);
    test::XenSide& runs = first == &a.guest.vcpu() ? a : b;
    test::XenSide& waits = first == &a.guest.vcpu() ? b : a;
    const RunstateInfo ran_before = state_of(runs);
    const u64 began = fake().now;
    use_slice_up();
    const u64 first_slice = fake().now - began;
    ASSERT_EQ(next(), &waits.guest.vcpu());
    const RunstateInfo waited_before = state_of(waits);
    use_slice_up();
    const u64 second_slice = fake().now - began - first_slice;
    ASSERT_EQ(next(), first);
    using Info = RunstateInfo;
    EXPECT_EQ(state_of(runs).state, Info::running);
    EXPECT_EQ(state_of(waits).state, Info::runnable);
    EXPECT_EQ(state_of(runs).time[Info::running] - ran_before.time[Info::running],
              first_slice * 1000);
    EXPECT_EQ(state_of(runs).time[Info::runnable] - ran_before.time[Info::runnable],
              second_slice * 1000);
    EXPECT_EQ(state_of(waits).time[Info::running] - waited_before.time[Info::running],
              second_slice * 1000);
    EXPECT_EQ(state_of(runs).time[Info::blocked], 0u) << "it has not slept";
}

TEST_F(XenSharedCpu, YieldGivesNothingAway) {
    Vcpu* first = next();
    ASSERT_NE(first, nullptr);
    test::XenSide& runs = first == &a.guest.vcpu() ? a : b;
    const u64 deadline = fake().here().deadline;
    const u64 turn = this_cpu().turn;
    const i64 budget = first->budget;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(runs.call(call::sched_op, sched::yield), 0);
        EXPECT_EQ(runs.last, XenCall::done) << "no other follows";
    }
    EXPECT_EQ(first->vgic->waiting.load(), 0u);
    EXPECT_FALSE(this_cpu().leave_guest);
    EXPECT_EQ(fake().here().deadline, deadline);
    EXPECT_EQ(this_cpu().turn, turn);
    EXPECT_EQ(first->budget, budget);
    EXPECT_EQ(state_of(runs).state, RunstateInfo::running);
}

}  // namespace
}  // namespace isthmus::core::xen
