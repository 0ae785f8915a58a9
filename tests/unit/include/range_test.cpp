// SPDX-License-Identifier: Apache-2.0
#include "isthmus/range.hpp"

#include <gtest/gtest.h>

namespace isthmus {
namespace {

HostRange range(u64 start, u64 end) {
    return *HostRange::between(HostAddress(start), HostAddress(end));
}

TEST(Range, RefusesToWrap) {
    EXPECT_FALSE(HostRange::from(HostAddress(~u64{0}), 2));
    EXPECT_TRUE(HostRange::from(HostAddress(~u64{0}), 0));
    EXPECT_FALSE(HostRange::between(HostAddress(2), HostAddress(1)));
}

TEST(Range, IsHalfOpen) {
    const HostRange one = range(0x1000, 0x3000);
    EXPECT_EQ(one.size(), 0x2000u);
    EXPECT_EQ(one.pages(), 2u);
    EXPECT_TRUE(one.contains(HostAddress(0x1000)));
    EXPECT_FALSE(one.contains(HostAddress(0x3000)));
    EXPECT_TRUE(one.contains(range(0x3000, 0x3000)));
    EXPECT_FALSE(one.contains(range(0x2000, 0x3001)));
}

TEST(Range, NeighboursAndEmptyRangesDoNotOverlap) {
    EXPECT_TRUE(range(0, 2).overlaps(range(1, 3)));
    EXPECT_FALSE(range(0, 2).overlaps(range(2, 3)));
    EXPECT_FALSE(range(0, 2).overlaps(range(1, 1)));
    EXPECT_EQ(range(0, 2).intersection(range(1, 3)), range(1, 2));
    EXPECT_TRUE(range(0, 2).intersection(range(2, 3)).empty());
}

TEST(Range, AlignsInwardsAndOutwards) {
    EXPECT_EQ(range(0x1001, 0x3fff).inner_aligned(0x1000), range(0x2000, 0x3000));
    EXPECT_TRUE(range(0x1001, 0x1fff).inner_aligned(0x1000).empty());
    EXPECT_EQ(range(0x1001, 0x3fff).outer_aligned(0x1000), range(0x1000, 0x4000));
    EXPECT_EQ(range(5, ~u64{0}).outer_aligned(0x1000), range(0, ~u64{0xfff}));
}

}  // namespace
}  // namespace isthmus
