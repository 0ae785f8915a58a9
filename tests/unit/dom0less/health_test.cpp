// SPDX-License-Identifier: Apache-2.0
// What follows when a guest ends, from the tree to the plan and to its text.
#include "dom0less/plan_health.hpp"

#include <gtest/gtest.h>

#include "dom0less/read/health.hpp"
#include "dom0less/show/plan_text_health.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/assigned_devices.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::machine;
using test::PlannedTree;

/// Of the only domain; its group, which lies in the tree, must be `group`.
HealthPlan health_of(const std::string& body, std::string_view group = {}) {
    const PlannedTree planned(machine(domain(1, body)));
    EXPECT_TRUE(planned.plan) << planned.lines();
    HealthPlan health = planned.plan ? planned.plan->domains[0].health : HealthPlan();
    EXPECT_EQ(health.group, group);
    health.group = {};
    return health;
}
std::string rules_of(const std::string& body, const std::string& other = {}) {
    return PlannedTree(machine(domain(1, body) + domain(2, other))).rules();
}

TEST(Health, WhatIsSoWhereNothingIsSaid) {
    EXPECT_EQ(health_of(""), default_health(false, true));
    const HealthPlan plain = default_health(false, true);
    EXPECT_EQ(plain.on_reset, EndAnswer::restart);
    for (const EndCause cause :
         {EndCause::power_off, EndCause::crash, EndCause::watchdog, EndCause::panic}) {
        EXPECT_EQ(plain.answer(cause), EndAnswer::stop);
    }
    EXPECT_TRUE(plain.can_restart);
    EXPECT_EQ(default_health(false, false).on_reset, EndAnswer::stop);
    const HealthPlan dom0 = default_health(true, true);
    EXPECT_EQ(dom0.on_power_off, EndAnswer::power_off);
    EXPECT_EQ(dom0.on_reset, EndAnswer::reset_machine);
    EXPECT_EQ(dom0.on_crash, EndAnswer::stop);
    EXPECT_FALSE(dom0.can_restart);
}

TEST(Health, EachCauseHasItsAnswer) {
    for (usize cause = 0; cause < end_causes; ++cause) {
        for (usize answer = 0; answer < end_answers; ++answer) {
            const std::string property = "isthmus,on-" + std::string(cause_names[cause]) + " = \"" +
                                         std::string(answer_names[answer]) +
                                         "\"; isthmus,group = \"a\";";
            EXPECT_EQ(answer_property(static_cast<EndCause>(cause)),
                      "isthmus,on-" + std::string(cause_names[cause]));
            HealthPlan wanted = default_health(false, true);
            wanted.set_answer(static_cast<EndCause>(cause), static_cast<EndAnswer>(answer));
            EXPECT_EQ(health_of(property, "a"), wanted) << property;
        }
    }
}

TEST(Health, ALimitHoldsForAllCauses) {
    const HealthPlan plan =
        health_of("isthmus,restart-limit = <3 60>; isthmus,on-restart-limit = \"halt-machine\";");
    EXPECT_EQ(plan.restart_count, 3u);
    EXPECT_EQ(plan.restart_seconds, 60u);
    EXPECT_EQ(plan.on_restart_limit, EndAnswer::halt_machine);
    EXPECT_EQ(health_of("isthmus,restart-limit = <1000 604800>;").restart_seconds, 604800u);
    EXPECT_EQ(health_of("").restart_count, 0u);
}

TEST(Health, WrongWordsAndNumbers) {
    EXPECT_EQ(rules_of("isthmus,on-crash = \"reboot\";"), "health-answer");
    EXPECT_EQ(rules_of("isthmus,on-crash;"), "health-answer");
    EXPECT_EQ(rules_of("isthmus,on-crash = <1>;"), "health-answer");
    EXPECT_EQ(rules_of("isthmus,on-crash = \"restart\", \"stop\";"), "health-answer");
    EXPECT_EQ(rules_of("isthmus,on-restart-limit = \"restart\"; isthmus,restart-limit = <1 1>;"),
              "health-answer");
    for (const char* limit : {"0 60", "1001 60", "3 0", "3 604801", "3", "3 60 1"}) {
        EXPECT_EQ(rules_of("isthmus,restart-limit = <" + std::string(limit) + ">;"), "health-limit")
            << limit;
    }
    for (const char* name : {"", "a b", "\xff"}) {
        EXPECT_EQ(rules_of("isthmus,group = \"" + std::string(name) +
                           "\"; isthmus,on-crash = \"stop-group\";"),
                  "health-group");
    }
    EXPECT_EQ(rules_of("isthmus,group = \"" + std::string(65, 'a') + "\";"), "health-group");
    EXPECT_EQ(rules_of("isthmus,on-sleep = \"stop\";"), "dom-unknown-property");
}

TEST(Health, ALimitThatNothingMeets) {
    const std::string limit = "isthmus,restart-limit = <3 60>; ";
    EXPECT_EQ(rules_of(limit), "") << "a reset restarts";
    EXPECT_EQ(rules_of(limit + "isthmus,on-reset = \"stop\";"), "health-limit-unused");
    EXPECT_EQ(rules_of(limit + "isthmus,on-reset = \"stop\"; isthmus,on-crash = \"restart\";"), "");
    EXPECT_EQ(rules_of("isthmus,on-restart-limit = \"stop\";"), "health-limit-unused");
}

TEST(Health, Groups) {
    const std::string ends = "isthmus,on-crash = \"stop-group\"; ";
    const std::string cabin = "isthmus,group = \"cabin\"; ";
    EXPECT_EQ(rules_of(ends), "health-group");
    EXPECT_EQ(rules_of("isthmus,restart-limit = <1 1>; isthmus,on-restart-limit = \"stop-group\";"),
              "health-group");
    EXPECT_EQ(rules_of(ends + cabin), "health-lonely");
    EXPECT_EQ(rules_of(ends + cabin, "isthmus,group = \"cabinet\";"),
              "health-lonely health-lonely");
    EXPECT_EQ(rules_of(ends + cabin, cabin), "");
}

TEST(Health, AnswersToWhatCannotHappen) {
    const std::string dog = "isthmus,on-watchdog = \"restart\"; ";
    EXPECT_EQ(rules_of(dog), "health-watchdog");
    EXPECT_EQ(rules_of(dog + "isthmus,watchdog;"), "");
    EXPECT_EQ(rules_of(dog + "xen,enhanced = \"no-xenstore\";"), "");
    EXPECT_EQ(rules_of("isthmus,on-panic = \"restart\";"), "health-panic");
    EXPECT_EQ(rules_of("isthmus,on-panic = \"restart\"; isthmus,pvpanic;"), "");
}

/// One device of the machine, by whatever stands before it.
class HealthDmaTest : public ::testing::Test {
  protected:
    HealthDmaTest() {
        config_.devices = {&machines_, 1};
        config_.domains = {&domain_, 1};
        domain_.id = DomainId::first_guest;
        domain_.path = "/chosen/a";
        device_.path = "/chosen/a/tree:/passthrough/dev";
        device_.host_device = 0;
        domain_.assigned = {&device_, 1};
    }
    std::string check() {
        Findings findings(arena_);
        check_health(config_, findings);
        return findings.items().empty() ? "" : std::string(findings.items()[0].rule->name);
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    HostDevice machines_;
    AssignedDeviceConfig device_;
    DomainConfig domain_;
    SystemConfig config_;
};

TEST_F(HealthDmaTest, WhoseDmaNobodyHoldsBackIsNotRestarted) {
    machines_.streams.kind = fdt::DeviceStreams::Kind::smmu;
    domain_.health.answers[static_cast<usize>(EndCause::crash)] = EndAnswer::restart;
    EXPECT_TRUE(can_restart(config_, domain_));
    EXPECT_EQ(check(), "");
    machines_.streams.kind = fdt::DeviceStreams::Kind::none;
    EXPECT_FALSE(can_restart(config_, domain_));
    EXPECT_EQ(check(), "health-dma");
    device_.host_device.reset();
    EXPECT_FALSE(can_restart(config_, domain_)) << "registers alone";
    EXPECT_EQ(check(), "health-dma");
}

TEST_F(HealthDmaTest, WithoutAWordItStays) {
    EXPECT_EQ(check(), "");
    EXPECT_EQ(plan_health(config_, domain_).on_reset, EndAnswer::stop);
    EXPECT_FALSE(plan_health(config_, domain_).can_restart);
    domain_.health.limit = HealthConfig::Limit{3, 60};
    EXPECT_EQ(check(), "health-dma") << "a limit of restarts asks for them, too";
}

std::string text_of(const HealthPlan& health) {
    TextBuffer<512> sink;
    print_health(sink, health, default_health(false, true));
    return std::string(sink.view());
}

TEST(HealthText, WhatDiffers) {
    HealthPlan health = default_health(false, true);
    EXPECT_EQ(text_of(health), "");
    health.on_crash = EndAnswer::restart;
    health.on_watchdog = EndAnswer::stop_group;
    health.restart_count = 3;
    health.restart_seconds = 60;
    health.on_restart_limit = EndAnswer::reset_machine;
    health.group = "cabin";
    EXPECT_EQ(text_of(health),
              "crash: restart, watchdog: stop-group, restarts: 3 in 60 s, then: reset-machine, "
              "group: cabin");
    EXPECT_EQ(text_of(default_health(false, false)), "reset: stop, cannot be restarted");
}

TEST(HealthText, ALineForThoseThatSaySomething) {
    const PlannedTree planned(
        machine(domain(1, "isthmus,on-crash = \"restart\";") + domain(2, "")));
    ASSERT_TRUE(planned.plan);
    TextBuffer<512> sink;
    print_endings(sink, *planned.plan);
    EXPECT_EQ(sink.view(), "when it ends     what follows\ndomU1            crash: restart\n");
}

}  // namespace
}  // namespace isthmus::dom0less
