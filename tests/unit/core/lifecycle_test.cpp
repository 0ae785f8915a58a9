// SPDX-License-Identifier: Apache-2.0
// Domains and vCPUs starting and stopping, on the booted machine's own domains.
#include "core/domain/lifecycle.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/entry_points.hpp"
#include "tests/unit/support/running_domains.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using Power = Vcpu::Power;

class LifecycleTest : public test::RunningDomains {
  protected:
    static bool shows_log(StopReason reason) {
        Vcpu& vcpu = domain(1).vcpus[0];
        fake().cpu = vcpu.host_cpu;
        for (const char c : std::string_view("Oops\n")) {
            domain(1).console.put(vcpu, c);
        }
        stop_domain(domain(1), reason);
        EXPECT_FALSE(schedule_on(vcpu.host_cpu));
        return fake().output.find("domU2 (log)| Oops\r\n") != std::string::npos;
    }
    static Power power(const Vcpu& vcpu) { return vcpu.power.load(); }
};

TEST_F(LifecycleTest, TheFirstVcpuOfEveryDomainIsOnAndItsCpuKicked) {
    for (const Domain& each : domains()) {
        EXPECT_TRUE(each.is_running());
        EXPECT_EQ(power(each.vcpus[0]), Power::on);
        EXPECT_TRUE(fake().cpus[each.vcpus[0].host_cpu].kicked);
    }
    EXPECT_EQ(power(domain(0).vcpus[1]), Power::off);
}

TEST_F(LifecycleTest, ACpuRunsTheVcpuThatHasItOrSleeps) {
    EXPECT_TRUE(schedule_on(domain(1).vcpus[0].host_cpu));
    EXPECT_EQ(this_cpu().current, &domain(1).vcpus[0]);
    EXPECT_TRUE(domain(1).vcpus[0].vgic->resident);
    EXPECT_EQ(fake().loaded, 1U);
    EXPECT_FALSE(schedule_on(domain(0).vcpus[1].host_cpu));  // off
    EXPECT_EQ(this_cpu().current, nullptr);
}

TEST_F(LifecycleTest, AVcpuThatTurnsItselfOffLeavesItsCpu) {
    Vcpu& second = domain(0).vcpus[1];
    second.power.store(Power::starting);
    start_vcpu(second, 0x4000'0000, 7);
    EXPECT_TRUE(schedule_on(second.host_cpu));
    turn_off_vcpu(second);
    EXPECT_EQ(power(second), Power::stopping);
    EXPECT_FALSE(schedule_on(second.host_cpu));
    EXPECT_EQ(power(second), Power::off);
    EXPECT_FALSE(second.vgic->resident);
    EXPECT_EQ(fake().saved, 1U);
    EXPECT_TRUE(domain(0).is_running());
}

TEST_F(LifecycleTest, StoppingKicksAllAndTheKickedLeaveTheGuest) {
    Vcpu& vcpu = domain(2).vcpus[0];
    ASSERT_TRUE(schedule_on(vcpu.host_cpu));
    stop_domain(domain(2), StopReason::crash);
    on_kick(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest);
    EXPECT_FALSE(schedule_on(vcpu.host_cpu));
    EXPECT_EQ(domain(2).state.load(), Domain::State::stopped);
    EXPECT_EQ(fake().take_output(), "isthmus| domU3 crashed: stopped\r\n");
    EXPECT_TRUE(domain(0).is_running());
}

TEST_F(LifecycleTest, ADomainHasStoppedWhenItsLastVcpuHasLeft) {
    Vcpu& second = domain(0).vcpus[1];
    start_vcpu(second, 0x4000'0000, 0);
    stop_domain(domain(0), StopReason::power_off);
    EXPECT_FALSE(schedule_on(domain(0).vcpus[0].host_cpu));
    EXPECT_EQ(domain(0).state.load(), Domain::State::stopping);
    EXPECT_EQ(fake().take_output(), "");
    EXPECT_FALSE(schedule_on(second.host_cpu));
    EXPECT_EQ(domain(0).state.load(), Domain::State::stopped);
    EXPECT_EQ(fake().take_output(), "isthmus| domU1 powered off\r\n");
}

TEST_F(LifecycleTest, AKickWithoutReasonDoesNoHarm) {
    ASSERT_TRUE(schedule_on(domain(1).vcpus[0].host_cpu));
    on_kick(this_cpu());
    on_maintenance(this_cpu());
    EXPECT_FALSE(this_cpu().leave_guest);
    ASSERT_FALSE(schedule_on(domain(0).vcpus[1].host_cpu));
    on_kick(this_cpu());
    on_maintenance(this_cpu());
    EXPECT_FALSE(this_cpu().leave_guest);
}

TEST_F(LifecycleTest, AnSErrorStopsItsDomainAlone) {
    EXPECT_EQ(on_guest_serror(domain(1).vcpus[0], 0xbe00'0000), TrapResult::stopped);
    EXPECT_EQ(domain(1).stop_reason.load(), StopReason::crash);
    EXPECT_TRUE(domain(0).is_running());
    EXPECT_NE(fake().take_output().find("domU2 vcpu0 caused an SError"), std::string::npos);
}

constexpr u64 corrected_serror = 0xbe00'1811;
constexpr u64 fatal_serror = 0xbe00'0011;

TEST_F(LifecycleTest, ACorrectedSErrorStopsNobody) {
    EXPECT_EQ(on_guest_serror(domain(1).vcpus[0], corrected_serror), TrapResult::injected);
    EXPECT_TRUE(domain(1).is_running());
    EXPECT_NE(fake().take_output().find(": corrected"), std::string::npos);
}

TEST_F(LifecycleTest, CorrectedSErrorsDoNotFloodTheLog) {
    domain(1).violation_lines.store(0);
    for (int i = 0; i < 100; ++i) {
        static_cast<void>(on_guest_serror(domain(1).vcpus[0], corrected_serror));
    }
    const std::string output = fake().take_output();
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 17) << "16, and that there are more";
}

/// It came of what the guest did last, though Isthmus runs already.
TEST_F(LifecycleTest, AnSErrorThatIsPendingWhenAGuestLeavesIsThatGuests) {
    Vcpu& left = domain(1).vcpus[0];
    ASSERT_TRUE(schedule_on(left.host_cpu));
    ASSERT_EQ(this_cpu().current, &left);
    fake().here().serror = fatal_serror;
    static_cast<void>(schedule_on(left.host_cpu));
    EXPECT_EQ(domain(1).stop_reason.load(), StopReason::crash);
    EXPECT_NE(fake().take_output().find("domU2 vcpu0 caused an SError"), std::string::npos);
}

/// It was pending before the guest ran at all, so it is not the guest's.
TEST_F(LifecycleTest, AnSErrorOfIsthmusItselfIsNoGuests) {
    fake().cpu = domain(1).vcpus[0].host_cpu;
    fake().here().serror = corrected_serror;
    ASSERT_TRUE(schedule_on(domain(1).vcpus[0].host_cpu));
    EXPECT_TRUE(domain(1).is_running());
    EXPECT_NE(fake().take_output().find("an SError of Isthmus itself"), std::string::npos);
}

TEST_F(LifecycleTest, WhatAGuestWroteLastIsShownAfterACrash) {
    EXPECT_TRUE(shows_log(StopReason::crash));
}
TEST_F(LifecycleTest, WhatAGuestWroteLastIsShownAfterAReset) {
    EXPECT_TRUE(shows_log(StopReason::reset));
}
TEST_F(LifecycleTest, AGuestThatPowersOffIsNotQuoted) {
    EXPECT_FALSE(shows_log(StopReason::power_off));
}

TEST_F(LifecycleTest, TheLastOneOffEndsInTheSummaryAndWhatTheCommandLineAsksFor) {
    for (Domain& each : domains()) {
        stop_domain(each, StopReason::power_off);
    }
    EXPECT_FALSE(schedule_on(domain(0).vcpus[0].host_cpu));
    EXPECT_FALSE(schedule_on(domain(1).vcpus[0].host_cpu));
    EXPECT_EQ(fake().output.find("summary"), std::string::npos);
    try {
        schedule_on(domain(2).vcpus[0].host_cpu);
        FAIL() << "the machine is still on";
    } catch (const test::MachineStopped& stopped) {
        EXPECT_EQ(stopped.how, test::MachineStopped::How::power_off);
    }
    const std::string said = fake().take_output();
    EXPECT_LT(said.find("domU3 powered off"), said.find("summary"));
    for (const char* part : {"domU1", "domU2", "region shared: owner dom_io", "region window",
                             "heap: ", "switching the machine off"}) {
        EXPECT_NE(said.find(part), std::string::npos) << part << said;
    }
}

TEST_F(LifecycleTest, ASecondaryCpuReportsItselfAndSchedules) {
    fake().cpu = domain(1).vcpus[0].host_cpu;
    this_cpu().online.store(0);
    EXPECT_THROW(secondary_main(fake().cpu), test::GuestEntered);
    EXPECT_EQ(this_cpu().online.load(), 1U);
}

}  // namespace
}  // namespace isthmus::core
