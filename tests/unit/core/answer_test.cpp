// SPDX-License-Identifier: Apache-2.0
#include "core/domain/answer.hpp"

#include <gtest/gtest.h>

#include <array>

namespace isthmus::core {
namespace {

using dom0less::EndAnswer;
using dom0less::EndCause;
using dom0less::HealthPlan;

constexpr u64 frequency = 1000;

HealthPlan restarting() {
    HealthPlan plan;
    plan.on_crash = EndAnswer::restart;
    plan.on_restart_limit = EndAnswer::stop_group;
    plan.restart_count = 2;
    plan.restart_seconds = 10;
    plan.group = "cabin";
    return plan;
}

std::string said(const HealthPlan& plan, StopReason reason, const Answer& answer) {
    TextBuffer<160> text;
    print_end(text, plan, reason, answer);
    return std::string(text.view());
}

TEST(Answer, EveryReasonHasItsCause) {
    EXPECT_EQ(cause_of(StopReason::power_off), EndCause::power_off);
    EXPECT_EQ(cause_of(StopReason::all_vcpus_off), EndCause::power_off);
    EXPECT_EQ(cause_of(StopReason::suspend), EndCause::power_off);
    EXPECT_EQ(cause_of(StopReason::reset), EndCause::reset);
    EXPECT_EQ(cause_of(StopReason::crash), EndCause::crash);
    EXPECT_EQ(cause_of(StopReason::watchdog), EndCause::watchdog);
    EXPECT_EQ(cause_of(StopReason::panic), EndCause::panic);
    for (const auto reason : {StopReason::group, StopReason::order, StopReason::halt}) {
        EXPECT_FALSE(cause_of(reason)) << "others have decided";
    }
}

TEST(Answer, OneThatCannotBeBuiltAgainStops) {
    HealthPlan plan = restarting();
    plan.can_restart = false;
    EXPECT_EQ(answer_to(plan, StopReason::crash, {}, 0, frequency).what, EndAnswer::stop);
}

TEST(Answer, TheLimitSlides) {
    const HealthPlan plan = restarting();
    std::array<u64, 2> ring{};
    RestartTimes times(ring);
    const auto at = [&](u64 now) {
        const Answer answer = answer_to(plan, StopReason::crash, times, now, frequency);
        if (answer.what == EndAnswer::restart) {
            times.restarted(now);
        }
        return answer;
    };
    EXPECT_EQ(at(100).what, EndAnswer::restart);
    EXPECT_EQ(at(5'000).what, EndAnswer::restart);
    const Answer refused = at(10'099);
    EXPECT_EQ(refused.what, EndAnswer::stop_group);
    EXPECT_TRUE(refused.is_over_limit);
    EXPECT_EQ(at(10'100).what, EndAnswer::restart) << "the first was 10 s ago";
    EXPECT_EQ(at(14'999).what, EndAnswer::stop_group);
    EXPECT_EQ(at(15'000).what, EndAnswer::restart);
    EXPECT_EQ(said(plan, StopReason::crash, refused),
              "crashed: stopped, and its group cabin with it, as it was restarted 2 times in 10 s");
}

TEST(Answer, WithoutALimitItIsAlwaysRestarted) {
    HealthPlan plan = restarting();
    plan.restart_count = 0;
    RestartTimes times;
    for (u64 now = 0; now < 100; ++now) {
        times.restarted(now);
        EXPECT_EQ(answer_to(plan, StopReason::crash, times, now, frequency).what,
                  EndAnswer::restart);
    }
}

TEST(Answer, OneLineSaysWhatWasSeenAndWhatFollows) {
    const HealthPlan plan = restarting();
    const auto line = [&](StopReason reason, EndAnswer answer) {
        return said(plan, reason, {answer, false});
    };
    EXPECT_EQ(line(StopReason::power_off, EndAnswer::stop), "powered off");
    EXPECT_EQ(line(StopReason::reset, EndAnswer::restart), "asked for a reset: restarting");
    EXPECT_EQ(line(StopReason::crash, EndAnswer::reset_machine), "crashed: resetting the machine");
    EXPECT_EQ(line(StopReason::panic, EndAnswer::halt_machine), "panicked: halting the machine");
    EXPECT_EQ(line(StopReason::watchdog, EndAnswer::power_off),
              "did not feed its watchdog: switching the machine off");
    EXPECT_EQ(line(StopReason::group, EndAnswer::stop), "is stopped with its group cabin");
    EXPECT_EQ(line(StopReason::order, EndAnswer::restart), "is restarted by order");
    EXPECT_EQ(line(StopReason::halt, EndAnswer::stop), "is stopped, as the machine is halted");
}

}  // namespace
}  // namespace isthmus::core
