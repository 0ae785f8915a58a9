// SPDX-License-Identifier: Apache-2.0
// Lines of the machine and the domains that have them, on guests of a booted machine.
#include "core/device/device_lines.hpp"

#include <gtest/gtest.h>

#include "core/domain/ending.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/entry_points.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

/// A guest whose plan has two lines: 40, a level, and 41, an edge.
class DeviceLinesTest : public ::testing::Test {
  protected:
    DeviceLinesTest() : guest_(1), plan_(*guest_.domain.plan) {
        test::booted();
        fake().lines.clear();
        plan_.interrupts = routes_;
        guest_.domain.plan = &plan_;
        connect_device_lines(guest_.domain);
    }
    ~DeviceLinesTest() override { fake().restart(); }

    test::FreshGuest guest_;
    dom0less::DomainPlan plan_;
    const std::array<dom0less::InterruptRoutePlan, 4> routes_{{{27, 27, "timer", false},
                                                               {33, std::nullopt, "uart", false},
                                                               {40, 40, "/a", false},
                                                               {41, 41, "/b", true}}};
};

TEST_F(DeviceLinesTest, ArePreparedAndSilent) {
    ASSERT_EQ(fake().lines.size(), 2u);
    EXPECT_FALSE(fake().lines[40].enabled);
    EXPECT_FALSE(fake().lines[40].edge);
    EXPECT_TRUE(fake().lines[41].edge);
    EXPECT_EQ(fake().lines[41].cpu, guest_.vcpu().host_cpu);
}

TEST_F(DeviceLinesTest, ComeToTheirDomainAlone) {
    EXPECT_EQ(line_owner(40), &guest_.domain);
    EXPECT_EQ(line_owner(27), nullptr);
    EXPECT_EQ(line_owner(33), nullptr);
    EXPECT_EQ(line_owner(~u32{0}), nullptr);
    EXPECT_TRUE(on_host_interrupt(40)) << "the guest ends it";
    EXPECT_FALSE(on_host_interrupt(50)) << "nobody would";
    EXPECT_NE(fake().take_output().find("interrupt 50 of the machine belongs to nobody"),
              std::string::npos);
}

TEST_F(DeviceLinesTest, AreSilentOnceTheDomainIsOver) {
    for (const u32 line : {40u, 41u}) {
        fake().lines[line].enabled = true;
    }
    release_device_lines(guest_.domain);
    EXPECT_FALSE(fake().lines[40].enabled);
    EXPECT_FALSE(fake().lines[41].enabled);
}

/// Dom0 has the machine: its end by PSCI is the machine's, a crash is not.
class Dom0EndTest : public ::testing::Test {
  protected:
    Dom0EndTest() : guest_(1), plan_(*guest_.domain.plan) {
        test::booted();
        plan_.id = DomainId::dom0;
        plan_.health = dom0less::default_health(true, false);
        guest_.domain.plan = &plan_;
        guest_.domain.state.store(Domain::State::running);
        guest_.domain.vcpus_on.store(1);
        start_domains();  // there are others that run
    }
    ~Dom0EndTest() override { fake().restart(); }

    /// How the machine ended, or nothing: it runs on.
    std::optional<test::MachineStopped::How> end(StopReason reason) {
        stop_domain(guest_.domain, reason);
        try {
            vcpu_left(guest_.vcpu());
            EXPECT_FALSE(do_piece_of_endings(this_cpu()));
        } catch (const test::MachineStopped& stopped) {
            return stopped.how;
        }
        return std::nullopt;
    }

    test::FreshGuest guest_;
    dom0less::DomainPlan plan_;
};

TEST_F(Dom0EndTest, PoweringOffIsTheMachines) {
    EXPECT_EQ(end(StopReason::power_off), test::MachineStopped::How::power_off);
    EXPECT_NE(fake().take_output().find("switching the machine off"), std::string::npos);
}

TEST_F(Dom0EndTest, SoIsAReset) {
    EXPECT_EQ(end(StopReason::reset), test::MachineStopped::How::reset);
}

TEST_F(Dom0EndTest, ACrashStopsNobodyElse) {
    EXPECT_EQ(end(StopReason::crash), std::nullopt);
}

}  // namespace
}  // namespace isthmus::core
