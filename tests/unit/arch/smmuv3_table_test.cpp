// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmu/table.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch::smmu {
namespace {

constexpr u32 two_level = u32{1} << 27;  // IDR0.ST_LEVEL
using List = std::vector<StreamIds>;

TEST(StreamBits, OfTheLargestId) {
    EXPECT_EQ(stream_bits({}), 0U);
    EXPECT_EQ(stream_bits(List{{0, 1}}), 0U);
    EXPECT_EQ(stream_bits(List{{1, 1}}), 1U);
    EXPECT_EQ(stream_bits(List{{0, 64}}), 6U);
    EXPECT_EQ(stream_bits(List{{0, 65}, {3, 1}}), 7U);
    EXPECT_EQ(stream_bits(List{{0, 0x10000}}), 16U);
    EXPECT_EQ(stream_bits(List{{0xffffffff, 1}}), 32U);
    EXPECT_EQ(stream_bits(List{{0x80, 0}}), 8U);
}

TEST(TableShape, LinearWhereOnePageHoldsAllOrTheHardwareHasNoOther) {
    const TableShape small = table_shape(two_level, List{{0, 64}});
    EXPECT_FALSE(small.two_levels);
    EXPECT_EQ(small.base_bytes(), page_size);
    EXPECT_EQ(small.base_cfg(), 6U);
    EXPECT_EQ(memory_bytes(small, List{{0, 64}}), 3 * page_size);

    const TableShape single = table_shape(0, List{{0, 0x10000}});
    EXPECT_FALSE(single.two_levels);
    EXPECT_EQ(single.base_bytes(), 4 * MiB);
    EXPECT_EQ(single.base_cfg(), 16U);
    EXPECT_EQ(table_shape(0, {}).base_bytes(), page_size);
    EXPECT_EQ(table_shape(0, {}).base_cfg(), 0U);
}

TEST(TableShape, TwoLevelsHoldWhatIsWanted) {
    const List streams{{0x100, 2}, {0x13f, 2}, {0xffff, 1}};  // 0x100-0x13f, 0x140-0x17f, the last
    const TableShape shape = table_shape(two_level, streams);
    EXPECT_TRUE(shape.two_levels);
    EXPECT_EQ(shape.bits, 16U);
    EXPECT_EQ(shape.first_level_entries(), 1024U);
    EXPECT_EQ(shape.base_bytes(), 8 * KiB);
    EXPECT_EQ(shape.base_cfg(), 0x1'0190U);  // FMT 1, SPLIT 6, LOG2SIZE 16
    EXPECT_EQ(level2_count(shape, streams), 3U);
    EXPECT_EQ(memory_bytes(shape, streams), 8 * KiB + 3 * page_size + 2 * page_size);
    EXPECT_FALSE(wants_level2(streams, 3));
    EXPECT_TRUE(wants_level2(streams, 4));
    EXPECT_TRUE(wants_level2(streams, 5));
    EXPECT_FALSE(wants_level2(streams, 6));
    EXPECT_TRUE(wants_level2(streams, 1023));
    EXPECT_FALSE(wants_level2(List{{64, 0}}, 1));
}

// IHI 0070, 5.1: Span 4:0 (7: 2^6 entries), L2Ptr 55:6.
TEST(Level1Descriptor, AsTheManualDrawsIt) {
    EXPECT_EQ(level1_descriptor(HostAddress(0x1'2345'6000)), 0x1'2345'6007U);
}

}  // namespace
}  // namespace isthmus::arch::smmu
