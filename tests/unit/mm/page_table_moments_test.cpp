// SPDX-License-Identifier: Apache-2.0
// Every moment of every change: RecordingMemory looks at the tables after each store. Here are the
// changes, and what a watched page may translate to while they go on.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <vector>

#include "mm/page_table.hpp"
#include "tests/unit/mm/recording_memory.hpp"
#include "tests/unit/mm/test_format.hpp"

namespace isthmus::mm {
namespace {

using test::TestFormat;
using test::Translation;
using Memory = test::RecordingMemory<TestFormat>;
using Table = PageTable<TestFormat, Memory>;
using Leaf = Table::Leaf;
using enum MappingType;

constexpr TableGeometry geometry{1, 40};
constexpr u64 host_offset = 16 * GiB;

GuestRange guest(u64 start, u64 size) {
    return GuestRange::from(GuestAddress(start), size).value();
}

struct PageTableMoments : testing::Test {
    PageTableMoments() {
        for (const u64 block : {u64{0}, 2 * MiB, GiB - 2 * MiB, GiB, GiB + 4 * MiB, 2 * GiB}) {
            for (const u64 page : {u64{0}, page_size, 5 * page_size, 2 * MiB - page_size}) {
                memory.watch(block + page);
            }
        }
        // Whatever is mapped at any time is mapped with this offset; only attributes differ.
        memory.allowed = [this](u64 input, const Translation& translation) {
            const u64 type = std::get<1>(translation);
            return std::get<0>(translation) == input + host_offset &&
                   (type == static_cast<u64>(before) || type == static_cast<u64>(after));
        };
    }
    ~PageTableMoments() override { memory.expect_all_visible(); }

    void map(GuestRange range) {
        ASSERT_TRUE(table.map(range, HostAddress(range.start().raw() + host_offset), before));
    }
    /// No TLB can lead to a page any more when its removal is reported.
    auto gone() {
        return [this](const Leaf& leaf) {
            ++removed;
            for (u64 offset = 0; offset < leaf.size(); offset += page_size) {
                EXPECT_FALSE(memory.may_reach(leaf.host + offset));
            }
        };
    }

    MappingType before = ram_rw;
    MappingType after = ram_rw;
    usize removed = 0;
    Memory memory{geometry};
    Table table{memory, memory.root(), geometry};
};

TEST_F(PageTableMoments, MappingNeedsNoInvalidation) {
    map(guest(GiB - 2 * MiB - page_size, 2 * MiB + GiB + 3 * page_size));
    map(guest(0, 2 * page_size));
    map(guest(2 * MiB, 2 * MiB));
    EXPECT_EQ(memory.invalidations(), 0U);
}

TEST_F(PageTableMoments, UnmappingWholeLeaves) {
    map(guest(0, 2 * page_size));
    map(guest(GiB, 3 * GiB));
    ASSERT_TRUE(table.unmap(guest(0, 4 * GiB), gone()));
    EXPECT_EQ(removed, 5U);
    EXPECT_EQ(memory.tables(), 0U);
}

TEST_F(PageTableMoments, UnmappingPiecesOfBlocks) {
    map(guest(0, 3 * GiB));
    for (const GuestRange range :
         {guest(5 * page_size, page_size), guest(2 * MiB + page_size, GiB), guest(2 * GiB, MiB),
          guest(GiB - page_size, 2 * GiB), guest(0, page_size), guest(0, 3 * GiB)}) {
        ASSERT_TRUE(table.unmap(range, gone()));
        EXPECT_TRUE(table.is_unmapped(range));
    }
    EXPECT_EQ(memory.tables(), 0U);
}

TEST_F(PageTableMoments, TablesFreedAreUsedAgainForOtherAddresses) {
    for (unsigned round = 0; round < 4; ++round) {
        map(guest(page_size, 2 * page_size));
        map(guest(GiB + page_size, 7 * page_size));
        ASSERT_TRUE(table.unmap(guest(page_size, 2 * page_size), gone()));
        map(guest(2 * GiB + page_size, page_size));
        ASSERT_TRUE(table.unmap(guest(GiB, 2 * GiB), gone()));
        EXPECT_EQ(memory.tables(), 0U);
    }
}

TEST_F(PageTableMoments, ChangingAttributesOfBlocksAndPieces) {
    map(guest(0, 3 * GiB));
    after = ram_ro;
    ASSERT_TRUE(table.change(guest(5 * page_size, GiB), ram_ro));
    EXPECT_EQ(table.translate(GuestAddress(4 * page_size))->attributes, ram_rw);
    EXPECT_EQ(table.translate(GuestAddress(5 * page_size))->attributes, ram_ro);
    ASSERT_TRUE(table.change(guest(0, 3 * GiB), ram_ro));
    ASSERT_TRUE(table.change(guest(2 * GiB, 2 * MiB), ram_rw));
    ASSERT_TRUE(table.unmap(table.whole(), gone()));
    EXPECT_EQ(memory.tables(), 0U);
}

TEST_F(PageTableMoments, FailuresAreSafeToo) {
    const GuestRange range = guest(GiB - page_size, 2 * MiB + 2 * page_size);
    for (usize budget = 0; budget < 4; ++budget) {
        memory.set_budget(budget);
        ASSERT_EQ(table.map(range, HostAddress(range.start().raw() + host_offset), before).error(),
                  Error::out_of_memory);
        EXPECT_EQ(memory.tables(), 0U);
    }
    memory.set_budget(4);
    map(range);
    ASSERT_TRUE(table.unmap(range, gone()));
    memory.set_budget(2);
    map(guest(0, GiB));
    EXPECT_EQ(table.unmap(guest(page_size, 2 * MiB), gone()).error(), Error::out_of_memory);
    EXPECT_EQ(removed, 3U);
}

// The checker itself must see what it is there for.
struct RecordingMemoryTest : testing::Test {
    RecordingMemoryTest() { memory.watch(0); }
    u64 leaf(u64 host) { return TestFormat::leaf(HostAddress(host), 1, ram_rw); }
    Memory memory{geometry};
};

template <class Act>
bool complains(Act act) {
    testing::TestPartResultArray results;
    {
        testing::ScopedFakeTestPartResultReporter reporter(
            testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
        act();
    }
    return results.size() > 0;
}

TEST_F(RecordingMemoryTest, SeesOverwritingWithoutABreak) {
    memory.write(memory.root(), 0, leaf(GiB));
    EXPECT_TRUE(complains([&] { memory.write(memory.root(), 0, leaf(2 * GiB)); }));
}

TEST_F(RecordingMemoryTest, SeesAMissingInvalidation) {
    memory.write(memory.root(), 0, leaf(GiB));
    memory.write(memory.root(), 0, 0);
    EXPECT_TRUE(complains([&] { memory.write(memory.root(), 0, leaf(2 * GiB)); }));
}

TEST_F(RecordingMemoryTest, SeesAnInvalidationThatComesTooEarly) {
    memory.write(memory.root(), 0, leaf(GiB));
    memory.make_visible(memory.root(), 0, 1);
    memory.write(memory.root(), 0, 0);
    EXPECT_TRUE(complains([&] { memory.invalidate(guest(0, GiB)); }));
}

TEST_F(RecordingMemoryTest, SeesATableLinkedOrFreedTooEarly) {
    const HostAddress next = memory.allocate_table().value();
    memory.write(next, 1, TestFormat::leaf(HostAddress(GiB), 2, ram_rw));
    EXPECT_TRUE(complains([&] { memory.write(memory.root(), 0, TestFormat::table(next)); }));
    memory.write(memory.root(), 0, 0);
    EXPECT_TRUE(complains([&] { memory.free_table(next); }));
}

TEST_F(RecordingMemoryTest, SeesAWrongTranslation) {
    memory.allowed = [](u64, const Translation&) { return false; };
    EXPECT_TRUE(complains([&] { memory.write(memory.root(), 0, leaf(GiB)); }));
}

}  // namespace
}  // namespace isthmus::mm
