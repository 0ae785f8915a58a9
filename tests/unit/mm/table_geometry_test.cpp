// SPDX-License-Identifier: Apache-2.0
#include "mm/table_geometry.hpp"

#include <gtest/gtest.h>

#include "mm/table_walk.hpp"

namespace isthmus::mm {
namespace {

TEST(TableGeometry, ConcatenatesUpToSixteenTables) {
    EXPECT_EQ((TableGeometry{1, 39}).root_bytes(), 4 * KiB);
    EXPECT_EQ((TableGeometry{1, 40}).root_bytes(), 8 * KiB);
    EXPECT_EQ((TableGeometry{1, 43}).root_bytes(), 64 * KiB);
    EXPECT_EQ((TableGeometry{2, 34}).root_bytes(), 64 * KiB);
    EXPECT_EQ((TableGeometry{0, 44}).root_bytes(), 4 * KiB);
    EXPECT_EQ((TableGeometry{0, 44}).root_entries(), 32U);
    EXPECT_TRUE((TableGeometry{1, 43}).is_valid());
    EXPECT_FALSE((TableGeometry{1, 44}).is_valid());
    EXPECT_FALSE((TableGeometry{3, 20}).is_valid());
    EXPECT_FALSE((TableGeometry{0, 39}).is_valid());
    EXPECT_FALSE((TableGeometry{0, 49}).is_valid());
}

TEST(TablePart, KnowsItsEntries) {
    // A level 2 table that begins at 1 GiB, and a range from its second 2 MiB on for 3 MiB.
    const TablePart part{HostAddress(), 2, GiB, GiB + 2 * MiB, GiB + 5 * MiB};
    EXPECT_EQ(part.first(), 1U);
    EXPECT_EQ(part.past(), 3U);
    EXPECT_EQ(part.count(), 2U);
    EXPECT_EQ(part.input(2), GiB + 4 * MiB);
    EXPECT_TRUE(part.covers(1));
    EXPECT_FALSE(part.covers(2));
    const TablePart below = part.child(HostAddress(0x1000), 2);
    EXPECT_EQ(below.level, 3U);
    EXPECT_EQ(below.base, GiB + 4 * MiB);
    EXPECT_EQ(below.start, GiB + 4 * MiB);
    EXPECT_EQ(below.end, GiB + 5 * MiB);
    EXPECT_EQ(below.count(), 256U);
    const TablePart empty{HostAddress(), 2, GiB, GiB + MiB, GiB + MiB};
    EXPECT_EQ(empty.count(), 0U);
}

}  // namespace
}  // namespace isthmus::mm
