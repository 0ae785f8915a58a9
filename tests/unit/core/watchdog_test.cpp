// SPDX-License-Identifier: Apache-2.0
#include "core/device/watchdog.hpp"

#include <gtest/gtest.h>

#include "core/run/per_cpu.hpp"
#include "core/run/timer_queue.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

constexpr u64 wcs = 0x000, wor = 0x008, wor_high = 0x00c, wcv = 0x010, wcv_high = 0x014;
constexpr u64 wrr = 0x000, iidr = 0xfcc;
constexpr u64 en = 1, ws0 = 2, ws1 = 4;
using Signal = Watchdog::Signal;

class WatchdogTest : public ::testing::Test {
  protected:
    void set(u64 offset, u64 value, u64 now, unsigned size = 4) {
        dog.write_control(offset, size, value, now);
    }
    u64 status() { return dog.read_control(wcs, 4); }
    /// Counting from 1000 on, 100 at a time.
    void start() {
        set(wor, 100, 900);
        set(wcs, en, 1000);
    }
    Watchdog dog;
};

TEST_F(WatchdogTest, IsOffAtFirst) {
    EXPECT_EQ(status(), 0u);
    EXPECT_EQ(dog.deadline(), ~u64{0});
    EXPECT_EQ(dog.look(~u64{0}), Signal::none);
    EXPECT_EQ(dog.read_control(iidr, 4), 0x1'0000u) << "revision 1";
    EXPECT_EQ(dog.read_refresh(iidr), 0x1'0000u);
    EXPECT_EQ(dog.read_refresh(wrr), 0u);
}

TEST_F(WatchdogTest, TwoTimesTheOffsetUntilTheSecondSignal) {
    start();
    EXPECT_EQ(dog.deadline(), 1101u);
    EXPECT_EQ(dog.look(1100), Signal::none);
    EXPECT_EQ(dog.look(1101), Signal::first);
    EXPECT_EQ(status(), en | ws0);
    EXPECT_TRUE(dog.first_signal());
    EXPECT_EQ(dog.look(1101), Signal::none);
    EXPECT_EQ(dog.deadline(), 1202u);
    EXPECT_EQ(dog.look(1201), Signal::none);
    EXPECT_EQ(dog.look(1202), Signal::second);
    EXPECT_EQ(status(), en | ws0 | ws1);
    EXPECT_EQ(dog.look(5000), Signal::none) << "once";
    EXPECT_EQ(dog.deadline(), ~u64{0});
}

TEST_F(WatchdogTest, ARefreshBeginsAnew) {
    start();
    dog.write_refresh(wrr, 1090);
    EXPECT_EQ(dog.look(1190), Signal::none);
    EXPECT_EQ(dog.look(1191), Signal::first);
    dog.write_refresh(8, 1200);
    EXPECT_TRUE(dog.first_signal()) << "no register";
    dog.write_refresh(wrr, 1200);
    EXPECT_FALSE(dog.first_signal());
    EXPECT_EQ(dog.look(1301), Signal::first);
}

TEST_F(WatchdogTest, WritingControlOrOffsetRefreshesToo) {
    start();
    ASSERT_EQ(dog.look(1101), Signal::first);
    set(wcs, en, 1110);
    EXPECT_EQ(status(), en);
    EXPECT_EQ(dog.deadline(), 1211u);
    set(wor, 500, 1200);
    EXPECT_EQ(dog.deadline(), 1701u);
    set(wcs, 0, 1300);
    EXPECT_EQ(dog.deadline(), ~u64{0});
    EXPECT_EQ(dog.look(9999), Signal::none);
}

TEST_F(WatchdogTest, RegistersOf64Bits) {
    set(wor, 0xabcd'1234'5678'9abc, 0, 8);
    EXPECT_EQ(dog.read_control(wor, 8), 0x1234'5678'9abcu) << "48 bits";
    EXPECT_EQ(dog.read_control(wor, 4), 0x5678'9abcu);
    EXPECT_EQ(dog.read_control(wor_high, 4), 0x1234u);
    set(wor_high, 0xffff'0001, 0);
    EXPECT_EQ(dog.read_control(wor, 8), 0x1'5678'9abcu);
    set(wcv, 0x1111'1111, 0);
    set(wcv_high, 0x2222, 0);
    EXPECT_EQ(dog.read_control(wcv, 8), 0x2222'1111'1111u);
    EXPECT_EQ(dog.read_control(wcv_high, 4), 0x2222u);
    set(0x20, ~u64{0}, 0);
    EXPECT_EQ(dog.read_control(0x20, 4), 0u);
}

TEST_F(WatchdogTest, TheLatestTimeOfAllIsNever) {
    set(wcs, en, 0);
    set(wcv, ~u64{0}, 0, 8);
    EXPECT_EQ(dog.deadline(), ~u64{0});
    EXPECT_EQ(dog.look(~u64{0}), Signal::none);
}

constexpr u64 control = 0x2202'0000, refresh = 0x2202'1000;
constexpr u32 intid = 45;

/// One in a domain with vCPUs on CPUs 0 and 1, each of which has timers of its own.
class GuestWatchdogTest : public ::testing::Test {
  protected:
    GuestWatchdogTest() {
        const std::array registers{*GuestRange::from(GuestAddress(control), page_size),
                                   *GuestRange::from(GuestAddress(refresh), page_size)};
        const std::array interrupts{intid};
        EXPECT_TRUE(make_watchdog(guest.domain, {dom0less::EmulatedKind::watchdog, 0, "watchdog",
                                                 registers, interrupts}));
        guest.domain.state.store(Domain::State::running);
        at(0, 1000);
        write(0, control + wor, 100);
        write(0, control + wcs, en);
    }
    /// The CPU on which things happen from now on, and the time.
    static void at(usize cpu, u64 time) {
        test::fake().cpu = cpu;
        test::fake().now = time;
    }
    void write(usize vcpu, u64 address, u64 value) {
        EXPECT_TRUE(test::write_emulated(guest.vcpu(vcpu), GuestAddress(address), value));
    }
    /// What the CPU's timer interrupt does.
    static void run_timers(usize cpu, u64 time) {
        at(cpu, time);
        per_cpu(cpu).timers.run(time);
    }
    u64 status() { return test::read_emulated(guest.vcpu(), GuestAddress(control)); }

    test::FreshGuest guest;
};

TEST_F(GuestWatchdogTest, StopsADomainThatDoesNotFeedIt) {
    run_timers(0, 1101);
    EXPECT_EQ(status(), en | ws0);
    EXPECT_FALSE(guest.domain.is_over());
    run_timers(0, 1202);
    EXPECT_TRUE(guest.domain.is_over());
    EXPECT_EQ(guest.domain.stop_reason.load(), StopReason::watchdog);
}

TEST_F(GuestWatchdogTest, IsFedFromAnyCpu) {
    at(1, 1090);
    write(1, refresh, 0);
    EXPECT_EQ(per_cpu(1).timers.next_deadline(), ~u64{0}) << "the other CPU's timer looks again";
    run_timers(0, 1101);
    EXPECT_EQ(status(), en);
    EXPECT_EQ(per_cpu(0).timers.next_deadline(), 1191u);
    run_timers(0, 1191);
    EXPECT_EQ(status(), en | ws0);
}

TEST_F(GuestWatchdogTest, AnEarlierDeadlineFromAnotherCpuHasItsTimer) {
    at(1, 1010);
    write(1, control + wor, 20);
    EXPECT_EQ(per_cpu(1).timers.next_deadline(), 1031u);
    run_timers(1, 1031);
    EXPECT_EQ(status(), en | ws0);
    run_timers(0, 1101);  // its timer is of the past, and says nothing
    EXPECT_FALSE(guest.domain.is_over());
    run_timers(1, 1101);
    EXPECT_TRUE(guest.domain.is_over());
}

TEST_F(GuestWatchdogTest, OneThatIsSwitchedOffBarksAtNobody) {
    write(0, control + wcs, 0);
    run_timers(0, 5000);
    EXPECT_EQ(status(), 0u);
    EXPECT_FALSE(guest.domain.is_over());
    write(0, control + wcs, en);
    run_timers(0, 5101);
    EXPECT_EQ(status(), en | ws0) << "and can be switched on again";
}

}  // namespace
}  // namespace isthmus::core
