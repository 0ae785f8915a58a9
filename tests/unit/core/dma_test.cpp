// SPDX-License-Identifier: Apache-2.0
// Devices' own accesses: which SMMUs are turned on, for whom, and what is said of those that
// cannot.
#include "core/dma.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

/// A domain with a device behind each of two SMMUs.
class DmaTest : public ::testing::Test {
  protected:
    DmaTest() : guest_(1), domain_(*guest_.domain.plan) {
        test::booted();
        fake().lines.clear();
        fake().smmus = {};
        smmus_[0].path = "/smmu0";
        smmus_[0].event_intid = 90;
        smmus_[1].path = "/smmu1";
        host_.smmus = smmus_;
        domain_.devices = devices_;
        domain_.streams = streams_;
        guest_.domain.plan = &domain_;
        guest_.domain.control.vttbr = 0x77;
        plan_.domains = {&domain_, 1};
    }
    ~DmaTest() override { fake().restart(); }

    std::string check() {
        Findings findings(arena_);
        check_smmus(plan_, host_, findings);
        std::string rules;
        for (const Finding& finding : findings.items()) {
            rules += std::string(finding.rule->name) + " ";
        }
        return rules;
    }
    Result<void> hold() { return hold_devices(plan_, host_, {&guest_.domain, 1}); }
    void support(arch::SmmuSupport first, arch::SmmuSupport second) {
        fake().smmus[0].support = first;
        fake().smmus[1].support = second;
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    test::FreshGuest guest_;
    dom0less::DomainPlan domain_;
    dom0less::Plan plan_;
    fdt::HostDescription host_;
    std::array<fdt::Smmu, 2> smmus_;
    std::array<dom0less::DevicePlan, 2> devices_{
        {{"/a", "/a in the partial tree", {}, false, true}, {"/b", "/b", {}, true, true}}};
    std::array<fdt::StreamRange, 2> streams_{{{0, 5, 1}, {1, 0x100, 0x100}}};
};

using enum arch::SmmuSupport;

TEST_F(DmaTest, UsableOnesTranslateForTheDomain) {
    support(usable, usable);
    EXPECT_EQ(check(), "");
    ASSERT_TRUE(hold());
    EXPECT_EQ(fake().smmus[0].attached, (std::vector<std::pair<u32, u64>>{{5, 0x77}}));
    EXPECT_EQ(fake().smmus[1].attached, (std::vector<std::pair<u32, u64>>{{0x100, 0x77}}));
    EXPECT_TRUE(detach_devices(guest_.domain));
    EXPECT_TRUE(fake().smmus[0].attached.empty());
}

/// Which of a domain's devices is behind which SMMU the plan does not say: one that is not forced
/// and one SMMU that cannot is one finding too many rather than one too few.
TEST_F(DmaTest, OneThatCannotIsAnErrorForWhatWasNotForced) {
    support(no_stage2, usable);
    EXPECT_EQ(check(), "dev-smmu ");
    ASSERT_TRUE(hold());
    EXPECT_FALSE(fake().smmus[0].started);
    EXPECT_TRUE(fake().smmus[1].started);
}

TEST_F(DmaTest, AndAWarningForWhatWas) {
    devices_[0].is_forced = true;
    support(no_stage2, usable);
    EXPECT_EQ(check(), "dev-dma ");
    ASSERT_TRUE(hold());
    EXPECT_TRUE(fake().smmus[0].attached.empty());
    EXPECT_FALSE(detach_devices(guest_.domain)) << "the first may reach all of memory";
}

TEST_F(DmaTest, OneBehindWhichNobodyIsIsLeftAlone) {
    domain_.streams = {&streams_[1], 1};
    support(no_stage2, usable);
    EXPECT_EQ(check(), "");
    ASSERT_TRUE(hold());
    EXPECT_FALSE(fake().smmus[0].started);
}

TEST_F(DmaTest, TablesAreMadeWithoutForcedCacheabilityWhereItHasNone) {
    support(no_forced_write_back, usable);
    EXPECT_EQ(check(), "");
    EXPECT_FALSE(fake().smmus[0].forced);
}

TEST_F(DmaTest, WhatTheHardwareRefusesIsAnError) {
    support(usable, usable);
    EXPECT_EQ(check(), "");
    fake().smmus[1].refuses = true;
    EXPECT_EQ(hold().error(), Error::denied);
    EXPECT_FALSE(detach_devices(guest_.domain));
}

TEST_F(DmaTest, FaultsAreShownButNotForEver) {
    support(usable, usable);
    EXPECT_EQ(check(), "");
    ASSERT_TRUE(hold());
    EXPECT_TRUE(fake().lines[90].enabled);
    EXPECT_EQ(fake().lines.size(), 1u);
    fake().smmus[0].faults.assign(100, {5, 0x10, "F_TRANSLATION", true, true, 0x1234});
    fake().take_output();
    EXPECT_TRUE(on_smmu_interrupt(90));
    EXPECT_FALSE(on_smmu_interrupt(91));
    const std::string said = fake().take_output();
    EXPECT_NE(said.find("/smmu0: stream 0x5 writes to 0x1234: F_TRANSLATION"), std::string::npos);
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 32);
}

TEST_F(DmaTest, ADeviceWithoutAnSmmuIsNeverHeldBack) {
    devices_[1].is_behind_smmu = false;
    support(usable, usable);
    EXPECT_EQ(check(), "");
    EXPECT_FALSE(detach_devices(guest_.domain));
}

}  // namespace
}  // namespace isthmus::core
