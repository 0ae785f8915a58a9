// SPDX-License-Identifier: Apache-2.0
// Devices' own accesses: which SMMUs are turned on, for whom, and what is said of those that
// cannot.
#include "core/device/dma.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/dma_fixture.hpp"

namespace isthmus::core {
namespace {

using test::DmaTest;
using test::fake;

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

/// What an SMMU needs is known once it is seen: too much for the heap is said before anything is
/// built.
TEST_F(DmaTest, AStreamTableThatTheHeapCannotHoldIsNamed) {
    support(usable, usable);
    fake().smmus[1].table_bytes = 256 * KiB;
    EXPECT_EQ(check(), "");
    fake().smmus[1].table_bytes = 4 * MiB;
    EXPECT_EQ(check(), "dev-smmu ");
    dom0less::HostUsePlan heap;
    heap.range = *HostRange::from(HostAddress(1 * GiB), 64 * MiB);
    plan_.host_map = {&heap, 1};
    EXPECT_EQ(check(), "");
}

TEST_F(DmaTest, TheLimitOfStreamRangesIsNamed) {
    std::vector<fdt::StreamRange> many;
    for (u32 i = 0; i < limits::smmu_streams; ++i) {
        many.push_back({.smmu = 0, .first = i * 2, .count = 1});
    }
    support(usable, usable);
    domain_.streams = many;
    EXPECT_EQ(check(), "");
    many.push_back({.smmu = 0, .first = 5000, .count = 1});
    domain_.streams = many;
    EXPECT_EQ(check(), "dev-smmu ");
}

TEST_F(DmaTest, ADeviceWithoutAnSmmuIsNeverHeldBack) {
    devices_[1].is_behind_smmu = false;
    support(usable, usable);
    EXPECT_EQ(check(), "");
    EXPECT_FALSE(detach_devices(guest_.domain));
}

}  // namespace
}  // namespace isthmus::core
