// SPDX-License-Identifier: Apache-2.0
// Machines of two kinds of CPU: what all can do, and which cannot be used.
#include "arch/arm64/cpu/cpu_kind.hpp"

#include <gtest/gtest.h>

#include <string>

namespace isthmus::arch {
namespace {

constexpr u64 lines_of_64 = u64{4} << 16;
constexpr u64 lines_of_32 = u64{3} << 16;
constexpr u64 bits_40 = 2;
constexpr u64 bits_44 = 4;
constexpr u64 write_back = u64{1} << 40;
constexpr CpuKind big{0x410f'd0b1, lines_of_64, bits_44, write_back, 1000};
constexpr CpuKind little{0x410f'd034, lines_of_32, bits_40, 0, 1000};

TEST(CpuKind, TheLeastOfAllIsTakenInAnyOrder) {
    for (const auto& [first, second] : {std::pair(big, little), std::pair(little, big)}) {
        CommonCpu common = CommonCpu::of(first);
        common.include(second);
        EXPECT_EQ(common.pa_range, bits_40);
        EXPECT_EQ(common.line_bytes, 32u);
        EXPECT_FALSE(common.write_back);
        EXPECT_EQ(common.counter_errata, 0);
    }
    CommonCpu same = CommonCpu::of(big);
    same.include(big);
    EXPECT_EQ(same.pa_range, bits_44);
    EXPECT_EQ(same.line_bytes, 64u);
    EXPECT_TRUE(same.write_back);
}

TEST(CpuKind, TheCounterOfAnA73IsReadWithCareByAll) {
    constexpr CpuKind a73{0x412f'd091, lines_of_64, bits_40, 0, 1000};
    CommonCpu common = CommonCpu::of(little);
    common.include(a73);
    EXPECT_EQ(common.counter_errata, arm_858921);
    EXPECT_EQ(CpuKind{.midr = 0x510f'd091}.counter_errata(), 0) << "another maker's";
}

TEST(CpuKind, AnA57OfTheFirstRevisionsMayReportStage2First) {
    for (const u64 midr :
         std::initializer_list<u64>{0x410f'd070, 0x410f'd071, 0x411f'd070, 0x411f'd072}) {
        EXPECT_TRUE(CpuKind{.midr = midr}.may_report_stage2_first()) << midr;
    }
    for (const u64 midr : std::initializer_list<u64>{0x411f'd073, 0x412f'd070, 0x410f'd080,
                                                     0x510f'd070, 0x410f'd034}) {
        EXPECT_FALSE(CpuKind{.midr = midr}.may_report_stage2_first()) << midr;
    }
}

TEST(CpuKind, OneThatReachesLessThanIsNeededIsNotUsed) {
    EXPECT_EQ(why_unfit(little, {.address_bits = 40}), nullptr);
    EXPECT_NE(why_unfit(little, {.address_bits = 41}), nullptr);
    EXPECT_EQ(why_unfit(big, {.address_bits = 41}), nullptr);
    EXPECT_NE(why_unfit({.mmfr0 = 0xe}, {.address_bits = 1}), nullptr) << "no manual names it";
}

TEST(CpuKind, OneWithAnotherFrequencyIsNotUsedWhereGuestsReadIt) {
    CpuKind other = little;
    other.cntfrq = 0;
    EXPECT_NE(why_unfit(other, {.address_bits = 40, .cntfrq = 1000}), nullptr);
    EXPECT_EQ(why_unfit(little, {.address_bits = 40, .cntfrq = 1000}), nullptr);
    EXPECT_EQ(why_unfit(other, {.address_bits = 40, .cntfrq = 0}), nullptr);
}

TEST(CpuKind, OneWithoutSmallPagesIsNotUsed) {
    CpuKind other = big;
    other.mmfr0 |= u64{0xf} << 28;
    EXPECT_NE(why_unfit(other, {.address_bits = 40}), nullptr);
}

}  // namespace
}  // namespace isthmus::arch
