// SPDX-License-Identifier: Apache-2.0
#include "mm/table_geometry.hpp"

#include <gtest/gtest.h>

#include "mm/page_table.hpp"
#include "mm/table_walk.hpp"
#include "tests/unit/mm/recording_memory.hpp"
#include "tests/unit/mm/test_format.hpp"

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

TEST(TableGeometry, PageTablesStartAtLevelZeroOrTwo) {
    using Memory = test::RecordingMemory<test::TestFormat>;
    using Table = PageTable<test::TestFormat, Memory>;
    for (const TableGeometry geometry : {TableGeometry{0, 48}, TableGeometry{2, 33}}) {
        Memory memory{geometry};
        Table table{memory, memory.root(), geometry};
        const u64 top = geometry.input_size() - 2 * GiB;
        ASSERT_TRUE(table.map(GuestRange::from(GuestAddress(top), 2 * GiB).value(),
                              HostAddress(4 * GiB), MappingType::ram_rw));
        const Table::Leaf leaf = table.translate(GuestAddress(top + GiB + 7)).value();
        EXPECT_EQ(leaf.level, geometry.start_level == 2 ? 2U : 1U);
        EXPECT_EQ(leaf.host, HostAddress(5 * GiB));
        table.clear([](const auto&) {});
        EXPECT_EQ(memory.tables(), 0U);
        EXPECT_TRUE(table.is_unmapped(table.whole()));
    }
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
