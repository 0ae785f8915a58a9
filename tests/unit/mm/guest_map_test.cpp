// SPDX-License-Identifier: Apache-2.0
#include "mm/guest_map.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "mm/page_release.hpp"
#include "tests/unit/mm/frames.hpp"
#include "tests/unit/mm/recording_memory.hpp"
#include "tests/unit/mm/test_format.hpp"

namespace isthmus::mm {
namespace {

using test::domain_a;
using test::domain_b;
using test::Frames;
using test::host_range;
using test::TestFormat;
using Memory = test::RecordingMemory<TestFormat>;
using Map = GuestMap<TestFormat, Memory>;
using enum MappingType;

constexpr TableGeometry geometry{1, 40};
constexpr u64 ram = 0x4000'0000;
constexpr DomainId owner = DomainId::dom_io;

GuestRange guest(u64 start, u64 size) {
    return GuestRange::from(GuestAddress(start), size).value();
}

struct GuestMapTest : testing::Test {
    Frames frames{{host_range(ram, 2 * GiB)}};
    PageHeap heap{frames.table};
    StaticPool pool{frames.table};
    PageRelease release{frames.table, heap, pool};
    Memory memory{geometry};
    Map map{frames.table, memory, memory.root(), geometry};

    /// How many pages of the range carry this many references.
    u64 pages_with(HostRange range, u64 references) {
        u64 count = 0;
        for (const PageInfo& page : frames.table.frames(range)) {
            count += page.references() == references ? 1U : 0U;
        }
        return count;
    }
};

TEST_F(GuestMapTest, OwnRamKeepsItsReferences) {
    const HostRange host = host_range(ram, 4 * MiB);
    ASSERT_TRUE(assign_range(frames.table, host, domain_a, 1, false));
    ASSERT_TRUE(map.map_ram(guest(0x8000'0000, 4 * MiB), host.start(), ram_rw));
    EXPECT_EQ(map.translate(GuestAddress(0x8000'1234))->attributes, ram_rw);
    EXPECT_EQ(map.statistics(map.table().whole()), (MappingStatistics{0, 2, 0}));
    map.clear(release);
    EXPECT_EQ(pages_with(host, 1), 1024U);
}

TEST_F(GuestMapTest, RamMappingsHaveRamTypes) {
    EXPECT_EQ(map.map_ram(guest(0, page_size), HostAddress(ram), foreign_rw).error(),
              Error::invalid_argument);
    EXPECT_EQ(map.map_ram(guest(0, page_size), HostAddress(ram), foreign_ro).error(),
              Error::invalid_argument);
    EXPECT_EQ(map.map_ram(guest(0, page_size), HostAddress(ram), device).error(),
              Error::invalid_argument);
    EXPECT_TRUE(map.map_ram(guest(0, page_size), HostAddress(ram), ram_ro));
    EXPECT_TRUE(map.map_ram(guest(page_size, page_size), HostAddress(ram), shared_rw));
}

TEST_F(GuestMapTest, DevicesAreNotRam) {
    EXPECT_TRUE(map.map_device(guest(0x900'0000, page_size), HostAddress(0x900'0000)));
    EXPECT_EQ(map.translate(GuestAddress(0x900'0000))->attributes, device);
    EXPECT_EQ(map.map_device(guest(0, page_size), HostAddress(ram)).error(), Error::denied);
    EXPECT_EQ(map.map_device(guest(0, 2 * page_size), HostAddress(ram - page_size)).error(),
              Error::denied);
    EXPECT_EQ(map.map_device(guest(0, page_size), HostAddress(~u64{0xfff})).error(),
              Error::out_of_range);
    map.clear(release);
    EXPECT_TRUE(map.table().is_unmapped(map.table().whole()));
}

TEST_F(GuestMapTest, ForeignEntriesOfAnySizeGiveAllReferencesBack) {
    // 1 GiB, 2 MiB and 4 KiB entries; one reference for the owner, one for this map.
    const HostRange host = host_range(ram, GiB + 2 * MiB + 3 * page_size);
    ASSERT_TRUE(pool.assign(host, owner, 2));
    ASSERT_TRUE(map.p2m_map_foreign_rw(guest(0x8000'0000, host.size()), host.start(), owner));
    EXPECT_EQ(map.statistics(map.table().whole()), (MappingStatistics{1, 1, 3}));
    EXPECT_EQ(map.statistics(map.table().whole()).bytes(), host.size());
    EXPECT_EQ(pages_with(host, 2), host.pages());  // mapping took none
    ASSERT_TRUE(map.unmap(guest(0x8000'0000, host.size()), release));
    EXPECT_EQ(pages_with(host, 1), host.pages());
    EXPECT_EQ(pool.returned_pages(), 0U);
    EXPECT_EQ(memory.tables(), 0U);
}

TEST_F(GuestMapTest, PartOfAForeignBlockGivesBackThatPart) {
    const HostRange host = host_range(ram, 4 * MiB);
    ASSERT_TRUE(pool.assign(host, owner, 2));
    ASSERT_TRUE(map.p2m_map_foreign_ro(guest(0, host.size()), host.start(), owner));
    EXPECT_EQ(map.translate(GuestAddress(5))->attributes, foreign_ro);
    ASSERT_TRUE(map.unmap(guest(MiB, MiB + page_size), release));
    EXPECT_EQ(pages_with(host_range(ram + MiB, MiB + page_size), 1), 257U);
    EXPECT_EQ(pages_with(host, 2), 1024U - 257U);
    map.clear(release);
    EXPECT_EQ(pages_with(host, 1), 1024U);
}

TEST_F(GuestMapTest, ClearsInPieces) {
    const HostRange host = host_range(ram, GiB + 2 * MiB + 40 * page_size);
    ASSERT_TRUE(pool.assign(host, owner, 2));
    ASSERT_TRUE(map.p2m_map_foreign_rw(guest(0x8000'0000, host.size()), host.start(), owner));
    std::vector<u64> pieces;
    GuestAddress next;
    while (const auto cleared = map.clear_some(next, release)) {
        pieces.push_back(cleared->next - next);
        next = cleared->next;
        for (PageInfo& page : frames.table.frames(cleared->foreign_block)) {
            EXPECT_FALSE(put_page(page));
        }
    }
    constexpr u64 few = 16 * page_size;
    EXPECT_EQ(pieces, (std::vector<u64>{0x8000'0000 + GiB, 2 * MiB, few, few, few}));
    EXPECT_EQ(pages_with(host, 1), host.pages());
    EXPECT_EQ(memory.tables(), 0U);
}

TEST_F(GuestMapTest, TheLastReferenceFreesThePage) {
    // The owner is gone: only this map holds the static page, and one of the heap's.
    ASSERT_TRUE(heap.add(host_range(ram + GiB, MiB)));
    const HostAddress from_heap = heap.allocate(0, domain_b).value();
    ASSERT_TRUE(pool.assign(host_range(ram, page_size), owner, 1));
    ASSERT_TRUE(map.p2m_map_foreign_rw(guest(0, page_size), HostAddress(ram), owner));
    ASSERT_TRUE(map.p2m_map_foreign_ro(guest(page_size, page_size), from_heap, domain_b));
    EXPECT_EQ(heap.free_pages(), 255U);
    ASSERT_TRUE(map.unmap(guest(0, 2 * page_size), release));
    EXPECT_EQ(pool.returned_pages(), 1U);
    EXPECT_EQ(heap.free_blocks(8), 1U);
}

TEST_F(GuestMapTest, NoPageIsFreedWhileATlbMayHoldIt) {
    ASSERT_TRUE(pool.assign(host_range(ram, 4 * page_size), owner, 1));
    for (u64 page = 0; page < 4; ++page) {
        memory.watch(page * page_size);
    }
    ASSERT_TRUE(map.p2m_map_foreign_rw(guest(0, 4 * page_size), HostAddress(ram), owner));
    EXPECT_TRUE(memory.may_reach(HostAddress(ram)));
    unsigned freed = 0;
    map.clear([&](PageInfo& page) {
        ++freed;
        EXPECT_FALSE(memory.may_reach(frames.table.address_of(page)));
    });
    EXPECT_EQ(freed, 4U);
}

TEST_F(GuestMapTest, ForeignPagesMustBeTheOwners) {
    ASSERT_TRUE(pool.assign(host_range(ram, 2 * page_size), owner, 2));
    ASSERT_TRUE(pool.assign(host_range(ram + 2 * page_size, page_size), domain_b, 2));
    const auto error = [&](u64 host, u64 size, DomainId whose) {
        return map.p2m_map_foreign_rw(guest(0, size), HostAddress(host), whose).error();
    };
    EXPECT_EQ(error(ram, 3 * page_size, owner), Error::wrong_owner);
    EXPECT_EQ(error(ram, page_size, domain_b), Error::wrong_owner);
    EXPECT_EQ(error(ram + 3 * page_size, page_size, owner), Error::wrong_owner);
    EXPECT_EQ(error(0x900'0000, page_size, owner), Error::wrong_owner);
    EXPECT_EQ(error(ram + 0x800, page_size, owner), Error::unaligned);
    EXPECT_EQ(error(~u64{0xfff}, 2 * page_size, owner), Error::out_of_range);
    EXPECT_EQ(memory.stores(), 0U);
}

TEST_F(GuestMapTest, FailureHalfWayChangesNothing) {
    const HostRange host = host_range(ram, 2 * MiB + 2 * page_size);
    ASSERT_TRUE(pool.assign(host, owner, 3));
    const GuestRange where = guest(GiB - page_size, host.size());
    const auto before = memory.contents();
    for (usize budget = 0; budget < 4; ++budget) {
        memory.set_budget(budget);
        EXPECT_EQ(map.p2m_map_foreign_rw(where, host.start(), owner).error(), Error::out_of_memory);
        EXPECT_EQ(memory.contents(), before);
        EXPECT_EQ(pages_with(host, 3), host.pages());
    }
}

TEST_F(GuestMapTest, MapsWindowsOfARegionInPieces) {
    const std::vector<HostRange> pieces{host_range(ram, 4 * page_size),
                                        host_range(ram + 2 * MiB, 2 * MiB),
                                        host_range(ram + MiB, 2 * page_size)};
    for (const HostRange& piece : pieces) {
        ASSERT_TRUE(pool.assign(piece, owner, 2));
    }
    // From the second page of piece 0 to the first page of piece 2.
    const u64 size = 3 * page_size + 2 * MiB + page_size;
    ASSERT_TRUE(map.p2m_map_foreign_pieces(guest(GiB, size), pieces, page_size, owner, foreign_ro));
    EXPECT_EQ(map.translate(GuestAddress(GiB))->host, HostAddress(ram + page_size));
    EXPECT_EQ(map.translate(GuestAddress(GiB + 3 * page_size))->host, HostAddress(ram + 2 * MiB));
    EXPECT_EQ(map.translate(GuestAddress(GiB + size - 1))->host, HostAddress(ram + MiB));
    EXPECT_EQ(map.translate(GuestAddress(GiB + size)).error(), Error::not_mapped);
    // A window that starts behind the first piece.
    const u64 behind = 4 * page_size + 2 * MiB;
    ASSERT_TRUE(map.p2m_map_foreign_pieces(guest(0, page_size), pieces, behind, owner, foreign_rw));
    EXPECT_EQ(map.translate(GuestAddress(0))->host, HostAddress(ram + MiB));
}

TEST_F(GuestMapTest, PiecesAreMappedAllOrNone) {
    const std::vector<HostRange> pieces{host_range(ram, 4 * page_size),
                                        host_range(ram + 2 * MiB, 2 * MiB)};
    ASSERT_TRUE(pool.assign(pieces[0], owner, 2));
    ASSERT_TRUE(pool.assign(pieces[1], owner, 2));
    const auto before = memory.contents();
    const auto error = [&](GuestRange where, u64 offset, DomainId whose, MappingType type) {
        return map.p2m_map_foreign_pieces(where, pieces, offset, whose, type).error();
    };
    const u64 all = 4 * page_size + 2 * MiB;
    EXPECT_EQ(error(guest(0, all + page_size), 0, owner, foreign_rw), Error::out_of_range);
    EXPECT_EQ(error(guest(0, all), page_size, owner, foreign_rw), Error::out_of_range);
    EXPECT_EQ(error(guest(0, page_size), all, owner, foreign_rw), Error::out_of_range);
    EXPECT_EQ(error(guest(0, all), 0, owner, ram_rw), Error::invalid_argument);
    EXPECT_EQ(error(guest(0, all), 0, domain_a, foreign_rw), Error::wrong_owner);
    memory.set_budget(2);
    EXPECT_EQ(error(guest(GiB - 4 * page_size, all), 0, owner, foreign_rw), Error::out_of_memory);
    EXPECT_EQ(memory.contents(), before);
    EXPECT_EQ(pages_with(pieces[0], 2) + pages_with(pieces[1], 2), 516U);
    memory.set_budget(100);
    ASSERT_TRUE(map.map_ram(guest(5 * page_size, page_size), HostAddress(ram + GiB), ram_rw));
    const auto with_page = memory.contents();
    EXPECT_EQ(error(guest(0, all), 0, owner, foreign_rw), Error::already_mapped);
    EXPECT_EQ(memory.contents(), with_page);
}

using GuestMapDeathTest = GuestMapTest;

TEST_F(GuestMapDeathTest, AMappingWithoutReferenceIsABug) {
    ASSERT_TRUE(pool.assign(host_range(ram, page_size), owner, 1));
    ASSERT_TRUE(map.p2m_map_foreign_rw(guest(0, page_size), HostAddress(ram), owner));
    EXPECT_TRUE(put_page(frames[ram]));
    EXPECT_DEATH(map.clear(release), "more references");
}

}  // namespace
}  // namespace isthmus::mm
