// SPDX-License-Identifier: Apache-2.0
// Which CPU needs what, by its numbers and the firmware's offers.
#include "arch/arm64/cpu/speculation.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

constexpr u64 midr_of(u64 part) {
    return 0x410f'0003 | part << 4;  // Arm, some revision
}
constexpr u64 csv2(u64 value) {
    return value << 56;
}

constexpr FirmwareOffers none{};
constexpr FirmwareOffers only_one{.one = Workaround::needed};
constexpr FirmwareOffers all{
    .one = Workaround::needed, .two = Workaround::needed, .three = Workaround::needed};

TEST(Speculation, TheFirmwaresAnswers) {
    EXPECT_EQ(read_offer(0), Workaround::needed);
    EXPECT_EQ(read_offer(1), Workaround::not_needed);
    EXPECT_EQ(read_offer(~u64{1}), Workaround::not_needed);      // -2
    EXPECT_EQ(read_offer(0xffff'fffe), Workaround::not_needed);  // the same in w0
    EXPECT_EQ(read_offer(~u64{0}), Workaround::not_offered);
    EXPECT_EQ(read_offer(7), Workaround::not_offered);
}

TEST(Speculation, CortexA53NeedsNothing) {
    const Speculation a53 = judge_speculation({.midr = midr_of(0xd03)}, none);
    EXPECT_EQ(a53.targets, Exposure::not_affected);
    EXPECT_EQ(a53.history, Exposure::not_affected);
    EXPECT_EQ(a53.store_bypass, Exposure::not_affected);
    EXPECT_EQ(a53.guard, EntryGuard::none);
    EXPECT_FALSE(a53.holds_stores);
}

TEST(Speculation, CortexA57IsGuardedByTheFirmware) {
    const Speculation a57 = judge_speculation({.midr = midr_of(0xd07)}, all);
    EXPECT_EQ(a57.targets, Exposure::mitigated);
    EXPECT_EQ(a57.history, Exposure::mitigated);
    EXPECT_EQ(a57.guard, EntryGuard::firmware);
    EXPECT_EQ(a57.call, arch_workaround_3);
    EXPECT_EQ(a57.branches, 0U);
    EXPECT_TRUE(a57.holds_stores);
    EXPECT_EQ(targets_in_words(a57), "the firmware at each exit");
    EXPECT_EQ(history_in_words(a57), "the firmware at each exit");
    EXPECT_EQ(store_bypass_in_words(a57), "off by the firmware");
}

TEST(Speculation, WithTheFirstWorkaroundAloneTheHistoryIsFilledToo) {
    const Speculation a72 = judge_speculation({.midr = midr_of(0xd08)}, only_one);
    EXPECT_EQ(a72.guard, EntryGuard::firmware);
    EXPECT_EQ(a72.call, arch_workaround_1);
    EXPECT_EQ(a72.branches, 8U);
    EXPECT_EQ(a72.history, Exposure::mitigated);
    EXPECT_EQ(a72.store_bypass, Exposure::vulnerable);
    const Speculation a73 = judge_speculation({.midr = midr_of(0xd09)}, only_one);
    EXPECT_EQ(a73.targets, Exposure::mitigated);
    EXPECT_EQ(a73.history, Exposure::vulnerable) << "no number of branches helps there";
    EXPECT_EQ(a73.branches, 0U);
}

TEST(Speculation, WithoutFirmwareItIsSaidAndNothingIsDone) {
    for (const u64 part : {u64{0xd07}, u64{0xd08}, u64{0xd09}, u64{0xd0a}}) {
        const Speculation cpu = judge_speculation({.midr = midr_of(part)}, none);
        EXPECT_EQ(cpu.targets, Exposure::vulnerable) << part;
        EXPECT_EQ(cpu.history, Exposure::vulnerable) << part;
        EXPECT_EQ(cpu.guard, EntryGuard::none) << part;
    }
    EXPECT_EQ(judge_speculation({.midr = 0x610f'0220}, none).targets, Exposure::vulnerable)
        << "a CPU that is in no table, and says nothing of itself";
}

TEST(Speculation, NumbersOfBranches) {
    struct Case {
        u64 part;
        u32 branches;
    };
    for (const Case& one : {Case{0xd0b, 24},
                            {0xd0c, 24},
                            {0xd0d, 24},
                            {0xd41, 32},
                            {0xd40, 32},
                            {0xd49, 32},
                            {0xd4b, 32},
                            {0xd47, 32},
                            {0xd81, 38},
                            {0xd4f, 132}}) {
        const Speculation cpu =
            judge_speculation({.midr = midr_of(one.part), .pfr0 = csv2(1)}, none);
        EXPECT_EQ(cpu.targets, Exposure::not_affected) << one.part;
        EXPECT_EQ(cpu.guard, EntryGuard::branches) << one.part;
        EXPECT_EQ(cpu.branches, one.branches) << one.part;
    }
}

TEST(Speculation, WhatTheCpuHasItselfComesFirst) {
    const u64 n2 = midr_of(0xd49);
    const Speculation csv2_3 = judge_speculation({.midr = n2, .pfr0 = csv2(3)}, all);
    EXPECT_EQ(csv2_3.history, Exposure::not_affected);
    EXPECT_EQ(csv2_3.guard, EntryGuard::none);
    const Speculation ecbhb =
        judge_speculation({.midr = n2, .pfr0 = csv2(2), .mmfr1 = bit(60)}, none);
    EXPECT_EQ(ecbhb.history, Exposure::not_affected);
    EXPECT_EQ(ecbhb.guard, EntryGuard::none);
    const Speculation clrbhb =
        judge_speculation({.midr = n2, .pfr0 = csv2(2), .isar2 = bit(28)}, none);
    EXPECT_EQ(clrbhb.guard, EntryGuard::clear_history);
    EXPECT_EQ(history_in_words(clrbhb), "CLRBHB at each exit");
    const Speculation ssbs =
        judge_speculation({.midr = n2, .pfr0 = csv2(2), .pfr1 = u64{2} << 4}, all);
    EXPECT_EQ(ssbs.store_bypass, Exposure::mitigated);
    EXPECT_FALSE(ssbs.holds_stores);
    EXPECT_EQ(store_bypass_in_words(ssbs), "SSBS");
}

TEST(Speculation, ACpuOfNoTableFollowsItsFirmware) {
    const SpeculationIds unnamed{.midr = 0x610f'0220, .pfr0 = csv2(1)};
    EXPECT_EQ(judge_speculation(unnamed, none).history, Exposure::unknown);
    EXPECT_EQ(judge_speculation(unnamed, none).guard, EntryGuard::none);
    const Speculation guarded = judge_speculation(unnamed, {.three = Workaround::needed});
    EXPECT_EQ(guarded.guard, EntryGuard::firmware);
    EXPECT_EQ(guarded.call, arch_workaround_3);
    EXPECT_EQ(judge_speculation(unnamed, {.three = Workaround::not_needed}).history,
              Exposure::not_affected);
    EXPECT_EQ(judge_speculation({.midr = 0x610f'0220}, {.one = Workaround::not_needed}).targets,
              Exposure::not_affected);
}

}  // namespace
}  // namespace isthmus::arch
