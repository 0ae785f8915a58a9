// SPDX-License-Identifier: Apache-2.0
// What a page table maps, refuses and frees. The order of its stores: page_table_moments_test.cpp.
#include "mm/page_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/unit/mm/recording_memory.hpp"
#include "tests/unit/mm/test_format.hpp"

namespace isthmus::mm {
namespace {

using test::TestFormat;
using Memory = test::RecordingMemory<TestFormat>;
using Table = PageTable<TestFormat, Memory>;
using Leaf = Table::Leaf;
using enum MappingType;

constexpr TableGeometry forty_bits{1, 40};

GuestRange guest(u64 start, u64 size) {
    return GuestRange::from(GuestAddress(start), size).value();
}
void ignore(const Leaf&) {}

struct PageTableTest : testing::Test {
    Memory memory{forty_bits};
    Table table{memory, memory.root(), forty_bits};

    std::vector<Leaf> leaves() const {
        std::vector<Leaf> found;
        table.visit_all([&](const Leaf& leaf) { found.push_back(leaf); });
        return found;
    }
    std::array<u64, 4> levels() const {
        std::array<u64, 4> count{};
        for (const Leaf& leaf : leaves()) {
            ++count[leaf.level];
        }
        return count;
    }
};

TEST_F(PageTableTest, UsesTheLargestBlocks) {
    // 4 KiB, 2 MiB and 1 GiB steps up, and down again.
    const u64 start = GiB - 2 * MiB - page_size;
    const u64 size = page_size + 2 * MiB + 2 * GiB + 2 * MiB + page_size;
    ASSERT_TRUE(table.map(guest(start, size), HostAddress(start + 8 * GiB), ram_rw));
    EXPECT_EQ(levels(), (std::array<u64, 4>{0, 2, 2, 2}));
    u64 next = start;
    for (const Leaf& leaf : leaves()) {
        EXPECT_EQ(leaf.input, GuestAddress(next));
        EXPECT_EQ(leaf.host, HostAddress(next + 8 * GiB));
        EXPECT_EQ(leaf.attributes, ram_rw);
        next += leaf.size();
    }
    EXPECT_EQ(next, start + size);
}

TEST_F(PageTableTest, BlocksNeedBothSidesAligned) {
    ASSERT_TRUE(table.map(guest(0, 2 * GiB), HostAddress(2 * MiB), ram_rw));
    EXPECT_EQ(levels(), (std::array<u64, 4>{0, 0, 1024, 0}));
    ASSERT_TRUE(table.map(guest(4 * GiB, 4 * MiB), HostAddress(8 * GiB + page_size), ram_rw));
    EXPECT_EQ(levels(), (std::array<u64, 4>{0, 0, 1024, 1024}));
}

TEST_F(PageTableTest, SixtyFourMegabytesCostOneTableAndThirtyThreeStores) {
    ASSERT_TRUE(table.map(guest(0x4000'0000, 64 * MiB), HostAddress(0x4800'0000), ram_rw));
    EXPECT_EQ(memory.tables(), 1U);
    EXPECT_EQ(memory.stores(), 33U);
    EXPECT_EQ(memory.invalidations(), 0U);
}

TEST_F(PageTableTest, ReachesBothEndsOfAConcatenatedRoot) {
    const u64 end = u64{1} << 40;
    ASSERT_TRUE(table.map(guest(0, page_size), HostAddress(0x1000), ram_rw));
    ASSERT_TRUE(table.map(guest(512 * GiB, GiB), HostAddress(GiB), ram_ro));
    ASSERT_TRUE(table.map(guest(end - page_size, page_size), HostAddress(0x3000), device));
    EXPECT_EQ(table.translate(GuestAddress(0xfff))->host, HostAddress(0x1000));
    EXPECT_EQ(table.translate(GuestAddress(512 * GiB + 5))->attributes, ram_ro);
    EXPECT_EQ(table.translate(GuestAddress(end - 1))->host, HostAddress(0x3000));
    EXPECT_EQ(table.translate(GuestAddress(0x1000)).error(), Error::not_mapped);
    EXPECT_EQ(table.translate(GuestAddress(end)).error(), Error::out_of_range);
    ASSERT_TRUE(table.unmap(guest(end - page_size, page_size), ignore));
    ASSERT_TRUE(table.unmap(table.whole(), ignore));
    EXPECT_EQ(memory.tables(), 0U);
}

TEST_F(PageTableTest, MapRefusesWrongArguments) {
    const auto error = [&](GuestRange range, u64 host) {
        return table.map(range, HostAddress(host), ram_rw).error();
    };
    EXPECT_EQ(error(guest(0x800, page_size), 0), Error::unaligned);
    EXPECT_EQ(error(guest(0, 0x800), 0), Error::unaligned);
    EXPECT_EQ(error(guest(0, page_size), 0x800), Error::unaligned);
    EXPECT_EQ(error(guest(u64{1} << 40, page_size), 0), Error::out_of_range);
    EXPECT_EQ(error(guest((u64{1} << 40) - page_size, 2 * page_size), 0), Error::out_of_range);
    EXPECT_EQ(error(guest(0, 2 * page_size), (u64{1} << 48) - page_size), Error::out_of_range);
    EXPECT_EQ(error(guest(0, page_size), u64{1} << 48), Error::out_of_range);
    EXPECT_TRUE(table.map(guest(0, 0), HostAddress(0), ram_rw));
    EXPECT_EQ(table.unmap(guest(0x800, page_size), ignore).error(), Error::unaligned);
    EXPECT_EQ(table.unmap(guest(u64{1} << 40, page_size), ignore).error(), Error::out_of_range);
    EXPECT_EQ(table.change(guest(0, 0x800), ram_ro).error(), Error::unaligned);
    EXPECT_TRUE(table.unmap(guest(0, 0), ignore));
    EXPECT_EQ(memory.stores(), 0U);
}

TEST_F(PageTableTest, MapRefusesWhatIsMapped) {
    ASSERT_TRUE(table.map(guest(GiB, GiB), HostAddress(4 * GiB), ram_rw));
    ASSERT_TRUE(table.map(guest(4 * GiB, 2 * MiB), HostAddress(8 * GiB), ram_rw));
    ASSERT_TRUE(table.map(guest(6 * GiB, page_size), HostAddress(9 * GiB), ram_rw));
    const auto before = memory.contents();
    for (const GuestRange range :
         {guest(GiB, GiB), guest(0, GiB + page_size), guest(2 * GiB - page_size, 2 * page_size),
          guest(GiB + 4 * MiB, page_size), guest(3 * GiB, 2 * GiB), guest(4 * GiB + MiB, MiB),
          guest(5 * GiB, 2 * GiB), guest(6 * GiB, page_size), table.whole()}) {
        EXPECT_EQ(table.map(range, HostAddress(0), ram_rw).error(), Error::already_mapped);
        EXPECT_FALSE(table.is_unmapped(range));
    }
    EXPECT_EQ(memory.contents(), before);
    EXPECT_TRUE(table.map(guest(4 * GiB + 2 * MiB, 2 * MiB), HostAddress(0), ram_rw));
}

TEST_F(PageTableTest, RunningOutOfTablesWhileMappingUndoesEverything) {
    ASSERT_TRUE(table.map(guest(GiB - 4 * page_size, page_size), HostAddress(0), ram_rw));
    const auto before = memory.contents();
    const GuestRange range = guest(GiB - 2 * page_size, 2 * MiB + 4 * page_size);
    usize needed = 0;
    for (;; ++needed) {
        memory.set_budget(needed);
        const Result<void> mapped = table.map(range, HostAddress(GiB + page_size), ram_rw);
        if (mapped) {
            break;
        }
        ASSERT_EQ(mapped.error(), Error::out_of_memory);
        ASSERT_EQ(memory.contents(), before);
        memory.expect_all_visible();
    }
    // The first table of level 3 was there; level 2 and two of level 3 were not.
    EXPECT_EQ(needed, 3U);
}

TEST_F(PageTableTest, UnmapReportsEachLeafAndFreesTables) {
    ASSERT_TRUE(table.map(guest(GiB - page_size, page_size + 4 * MiB), HostAddress(GiB - page_size),
                          ram_rw));
    ASSERT_TRUE(table.map(guest(4 * GiB, 8 * page_size), HostAddress(0), device));
    std::vector<Leaf> removed;
    ASSERT_TRUE(table.unmap(guest(0, 5 * GiB), [&](const Leaf& leaf) { removed.push_back(leaf); }));
    ASSERT_EQ(removed.size(), 11U);
    EXPECT_EQ(removed[0].input_range(), guest(GiB - page_size, page_size));
    EXPECT_EQ(removed[1].input_range(), guest(GiB, 2 * MiB));
    EXPECT_EQ(removed[2].output(), *HostRange::from(HostAddress(GiB + 2 * MiB), 2 * MiB));
    EXPECT_EQ(removed[10].attributes, device);
    EXPECT_EQ(removed[10].input, GuestAddress(4 * GiB + 7 * page_size));
    EXPECT_EQ(memory.tables(), 0U);
    EXPECT_EQ(memory.invalidations(), 1U);
    EXPECT_TRUE(table.is_unmapped(table.whole()));
    for (const u64 entry : memory.contents().at(memory.root().raw())) {
        EXPECT_EQ(entry, 0U);
    }
}

TEST_F(PageTableTest, UnmappingPartOfABlockSplitsIt) {
    ASSERT_TRUE(table.map(guest(0, 2 * GiB), HostAddress(4 * GiB), foreign_rw));
    u64 removed = 0;
    const GuestRange hole = guest(GiB - page_size, 2 * MiB);
    ASSERT_TRUE(table.unmap(hole, [&](const Leaf& leaf) { removed += leaf.size(); }));
    EXPECT_EQ(removed, 2 * MiB);
    EXPECT_EQ(levels(), (std::array<u64, 4>{0, 0, 1022, 511 + 1}));
    EXPECT_EQ(table.translate(GuestAddress(GiB - page_size)).error(), Error::not_mapped);
    for (const u64 address :
         {u64{0}, GiB - 2 * page_size, GiB + 2 * MiB - page_size, 2 * GiB - 1}) {
        const Leaf leaf = table.translate(GuestAddress(address)).value();
        EXPECT_EQ(leaf.host - HostAddress(4 * GiB), leaf.input.raw());
        EXPECT_EQ(leaf.attributes, foreign_rw);
    }
    ASSERT_TRUE(table.unmap(guest(0, 2 * GiB), [&](const Leaf& leaf) { removed += leaf.size(); }));
    EXPECT_EQ(removed, 2 * GiB);
    EXPECT_EQ(memory.tables(), 0U);
}

TEST_F(PageTableTest, UnmapWithoutTablesToSplitWithLeavesTheMapping) {
    ASSERT_TRUE(table.map(guest(0, GiB), HostAddress(4 * GiB), ram_rw));
    for (usize budget = 0; budget < 3; ++budget) {
        memory.set_budget(budget);
        u64 removed = 0;
        const auto count = [&](const Leaf& leaf) { removed += leaf.size(); };
        // Both ends lie in the same 1 GiB block, in different 2 MiB blocks: 3 tables.
        const GuestRange range = guest(page_size, 4 * MiB);
        EXPECT_EQ(table.unmap(range, count).error(), Error::out_of_memory);
        EXPECT_EQ(table.change(range, ram_ro).error(), Error::out_of_memory);
        EXPECT_EQ(removed, 0U);
        u64 mapped = 0;
        for (const Leaf& leaf : leaves()) {
            EXPECT_EQ(leaf.host - HostAddress(4 * GiB), leaf.input.raw());
            mapped += leaf.size();
        }
        EXPECT_EQ(mapped, GiB);
        memory.set_budget(3);
        ASSERT_TRUE(table.unmap(table.whole(), ignore));
        ASSERT_TRUE(table.map(guest(0, GiB), HostAddress(4 * GiB), ram_rw));
    }
}

TEST_F(PageTableTest, ChangesAttributesOfParts) {
    ASSERT_TRUE(table.map(guest(GiB, GiB), HostAddress(4 * GiB), ram_rw));
    ASSERT_TRUE(table.change(guest(0, 3 * GiB), ram_ro));  // holes stay
    EXPECT_EQ(levels(), (std::array<u64, 4>{0, 1, 0, 0}));
    EXPECT_EQ(table.translate(GuestAddress(GiB))->attributes, ram_ro);
    ASSERT_TRUE(table.change(guest(GiB + 2 * MiB, page_size), shared_rw));
    EXPECT_EQ(levels(), (std::array<u64, 4>{0, 0, 511, 512}));
    EXPECT_EQ(table.translate(GuestAddress(GiB + 2 * MiB))->attributes, shared_rw);
    EXPECT_EQ(table.translate(GuestAddress(GiB + 2 * MiB + page_size))->attributes, ram_ro);
    EXPECT_EQ(table.translate(GuestAddress(GiB + 2 * MiB))->host, HostAddress(4 * GiB + 2 * MiB));
}

TEST_F(PageTableTest, ChangingNothingStoresNothing) {
    ASSERT_TRUE(table.map(guest(GiB, GiB), HostAddress(4 * GiB), ram_ro));
    const usize stores = memory.stores();
    ASSERT_TRUE(table.change(guest(0, 3 * GiB), ram_ro));
    EXPECT_EQ(memory.stores(), stores);
    EXPECT_EQ(memory.invalidations(), 0U);
}

TEST_F(PageTableTest, VisitsOnlyTheRange) {
    ASSERT_TRUE(table.map(guest(GiB, 8 * MiB), HostAddress(4 * GiB), ram_rw));
    std::vector<u64> seen;
    table.visit(guest(GiB + 3 * MiB, 3 * MiB),
                [&](const Leaf& leaf) { seen.push_back(leaf.input.raw()); });
    EXPECT_EQ(seen, (std::vector<u64>{GiB + 2 * MiB, GiB + 4 * MiB}));
    // Beyond the input space there is nothing, and no table is read for it.
    const u64 end = u64{1} << 40;
    EXPECT_TRUE(table.is_unmapped(guest(end, 4 * GiB)));
    table.visit(guest(end - GiB, 4 * GiB), [&](const Leaf&) { ADD_FAILURE(); });
    EXPECT_FALSE(table.is_unmapped(guest(GiB, end)));
}

TEST(PageTableDeathTest, WantsAnAlignedRoot) {
    Memory memory{forty_bits};
    EXPECT_DEATH((Table{memory, HostAddress(0x1000), forty_bits}), "page-table root");
}

}  // namespace
}  // namespace isthmus::mm
