// SPDX-License-Identifier: Apache-2.0
// Stream tables by the manual, of which the driver makes two kinds only.
#include "arch/arm64/smmu/walk.hpp"

#include <gtest/gtest.h>

#include "isthmus/arch/host_map.hpp"
#include "tests/unit/arch/fake_smmu.hpp"

namespace isthmus::arch::smmu {
namespace {

using test::fake_smmu;
using test::FakeSmmu;

class StreamTableTest : public ::testing::Test {
  protected:
    StreamTableTest() { fake_smmu() = &hardware; }

    static constexpr u64 base = FakeSmmu::memory_start;

    StreamTable table(u64 at, u32 cfg, u32 id_bits = 16) const {
        return StreamTable({.cr0ack = 1,
                            .strtab_base = at,
                            .strtab_base_cfg = cfg,
                            .id = {.idr1 = id_bits},
                            .memory = hardware.range(0, 64 * KiB)});
    }
    static u32 two_level(unsigned bits, unsigned split) { return 1U << 16 | split << 6 | bits; }
    void describe(u64 index, u64 descriptor) {
        host_object<u64>(HostAddress(base))[index] = descriptor;
    }
    static const StreamEntry* entry(u64 at, u64 number = 0) {
        return host_object<StreamEntry>(HostAddress(at)) + number;
    }

    FakeSmmu hardware;
};

TEST_F(StreamTableTest, OfOneLevel) {
    const StreamTable linear = table(base + 0x1000, 6);
    EXPECT_TRUE(linear.is_sound());
    EXPECT_EQ(linear.runs(), 1U);
    EXPECT_EQ(linear.run(0).entries.size(), 64U);
    EXPECT_EQ(linear.find(0), entry(base + 0x1000));
    EXPECT_EQ(linear.find(63), entry(base + 0x1000, 63));
    EXPECT_EQ(linear.find(64), nullptr);
    EXPECT_EQ(linear.find(1U << 16), nullptr);
}

TEST_F(StreamTableTest, OfOneEntry) {
    EXPECT_EQ(table(base, 0).find(0), entry(base));
    EXPECT_EQ(table(base, 0).find(1), nullptr);
}

TEST_F(StreamTableTest, ItsPlaceIsAMultipleOfItsSize) {
    EXPECT_EQ(table(base + 0x1fc0, 6).find(1), entry(base + 0x1000, 1));
    EXPECT_EQ(table(base + 0x3000, two_level(16, 6)).run(0).word, 0xa5a5'a5a5'a5a5'a5a5)
        << "1024 descriptors begin at 0x2000, not past the end";
}

TEST_F(StreamTableTest, HasNoMoreThanTheHardware) {
    const StreamTable linear = table(base, 9, 4);
    EXPECT_EQ(linear.entries(), 16U);
    EXPECT_NE(linear.find(15), nullptr);
    EXPECT_EQ(linear.find(16), nullptr);
}

TEST_F(StreamTableTest, OfTwoLevels) {
    describe(0, 0);
    describe(1, (base + 0x4000) | 7);  // 64 entries
    describe(2, (base + 0x5000) | 3);  // four
    describe(3, (base + 0x6080) | 3);  // four, at a multiple of their size
    const StreamTable parts = table(base, two_level(8, 6));
    ASSERT_TRUE(parts.is_sound());
    EXPECT_EQ(parts.runs(), 4U);
    EXPECT_TRUE(parts.run(0).is_sound);
    EXPECT_EQ(parts.find(63), nullptr);
    EXPECT_EQ(parts.find(64), entry(base + 0x4000));
    EXPECT_EQ(parts.find(127), entry(base + 0x4000, 63));
    EXPECT_EQ(parts.run(2).first, 128U);
    EXPECT_EQ(parts.find(131), entry(base + 0x5000, 3));
    EXPECT_EQ(parts.find(132), nullptr);
    EXPECT_EQ(parts.find(192), entry(base + 0x6000));
    EXPECT_EQ(parts.find(256), nullptr);
}

TEST_F(StreamTableTest, OtherSplits) {
    describe(0, (base + 0x4000) | 9);  // 256 entries
    EXPECT_EQ(table(base, two_level(16, 8)).runs(), 256U);
    EXPECT_EQ(table(base, two_level(16, 8)).find(255), entry(base + 0x4000, 255));
    EXPECT_EQ(table(base, two_level(4, 8)).run(0).entries.size(), 16U) << "fewer than a split";
    EXPECT_FALSE(table(base, two_level(16, 7)).is_sound());
    EXPECT_FALSE(table(base, 2U << 16 | 6).is_sound()) << "a reserved format";
}

TEST_F(StreamTableTest, WhatIsNotInItsMemoryIsNotFollowed) {
    EXPECT_FALSE(table(base + 64 * KiB, 6).is_sound());
    EXPECT_FALSE(table(base - 0x1000, 6).is_sound());
    EXPECT_FALSE(table(base, 16).is_sound()) << "4 MiB";
    EXPECT_FALSE(table(base, 63, 63).is_sound());
    EXPECT_EQ(table(base + 64 * KiB, 6).find(0), nullptr);
    EXPECT_EQ(table(base + 64 * KiB, 6).run(0).word, base + 64 * KiB);
    describe(0, (base + 64 * KiB) | 7);
    describe(1, (base + 0x4000) | 8);  // more than a split has
    const StreamTable parts = table(base, two_level(7, 6));
    ASSERT_TRUE(parts.is_sound());
    for (const u64 index : {u64{0}, u64{1}}) {
        EXPECT_FALSE(parts.run(index).is_sound);
        EXPECT_EQ(parts.find(index * 64), nullptr);
    }
    EXPECT_EQ(parts.run(1).word, (base + 0x4000) | 8);
}

}  // namespace
}  // namespace isthmus::arch::smmu
