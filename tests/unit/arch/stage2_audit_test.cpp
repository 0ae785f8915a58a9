// SPDX-License-Identifier: Apache-2.0
#include "mm/audit.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "arch/arm64/map/stage2_descriptor.hpp"
#include "tests/unit/mm/frames.hpp"
#include "tests/unit/mm/recording_memory.hpp"

namespace isthmus::mm {
namespace {

using arch::Stage2Format;
using test::host_range;
using Memory = test::RecordingMemory<Stage2Format>;
using Table = PageTable<Stage2Format, Memory>;
using enum MappingType;
using Kind = MapDifference::Kind;

constexpr TableGeometry geometry{1, 40};

GuestRange guest(u64 start, u64 size) {
    return GuestRange::from(GuestAddress(start), size).value();
}

struct ExpectedMapping {
    GuestRange guest;
    HostAddress host;
    MappingType type = ram_rw;
};

struct AuditTest : testing::Test {
    Memory memory{geometry};
    Table table{memory, memory.root(), geometry};
    std::vector<ExpectedMapping> expected{
        {guest(0x4000'0000, 4 * MiB), HostAddress(0x1'0000'0000), ram_rw},
        {guest(0x5000'0000, 2 * page_size), HostAddress(0x1'1000'0000), foreign_ro},
    };
    std::vector<MapDifference> found;
    AuditCount count;

    void map(const ExpectedMapping& mapping) {
        ASSERT_TRUE(table.map(mapping.guest, mapping.host, mapping.type));
    }
    void map_all() {
        for (const ExpectedMapping& mapping : expected) {
            map(mapping);
        }
    }
    void remap(GuestRange range, HostAddress host, MappingType type) {
        ASSERT_TRUE(table.unmap(range, [](const auto&) {}));
        ASSERT_TRUE(table.map(range, host, type));
    }
    void audit() {
        found.clear();
        count = audit_map(table, std::span<const ExpectedMapping>(expected),
                          [&](const MapDifference& difference) { found.push_back(difference); });
        for (const u64 most : {page_size, 16 * page_size, 2 * MiB, GiB}) {
            expect_the_same_in_pieces(most);
        }
    }
    /// By pages: a difference may go over the end of a piece.
    static std::set<std::tuple<Kind, u64, u64>> pages_of(std::span<const MapDifference> all) {
        std::set<std::tuple<Kind, u64, u64>> pages;
        for (const MapDifference& difference : all) {
            for (u64 at = 0; at < difference.guest.size(); at += page_size) {
                const bool is_planned = difference.expected_host != HostAddress();
                pages.emplace(difference.kind, (difference.guest.start() + at).raw(),
                              is_planned ? (difference.expected_host + at).raw() : 0);
            }
        }
        return pages;
    }
    void expect_the_same_in_pieces(u64 most) {
        const std::span<const ExpectedMapping> wanted(expected);
        std::vector<MapDifference> in_pieces;
        AuditCount sum;
        GuestAddress from;
        while (const auto part = next_audit_part(table, wanted, from, most)) {
            ASSERT_GE(part->start(), from);
            ASSERT_LE(part->size(), most);
            const AuditCount one = audit_map(
                table, wanted, *part,
                [&](const MapDifference& difference) { in_pieces.push_back(difference); });
            sum.leaves += one.leaves;
            sum.pages += one.pages;
            from = part->end();
        }
        EXPECT_EQ(pages_of(in_pieces), pages_of(found)) << most;
        EXPECT_EQ(sum.leaves, count.leaves) << most;
        EXPECT_EQ(sum.pages, count.pages) << most;
    }
    void expect_one(Kind kind, GuestRange range) {
        audit();
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0].kind, kind);
        EXPECT_EQ(found[0].guest, range);
    }
};

TEST_F(AuditTest, WhatIsPlannedPasses) {
    map_all();
    audit();
    EXPECT_TRUE(found.empty());
    EXPECT_EQ(count.leaves, 4U);  // two blocks of 2 MiB, two pages
    EXPECT_EQ(count.pages, 1024U + 2U);
}

TEST_F(AuditTest, AnEmptyTableLacksEverything) {
    audit();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].kind, Kind::missing);
    EXPECT_EQ(found[0].guest, expected[0].guest);
    EXPECT_EQ(found[1].guest, expected[1].guest);
}

TEST_F(AuditTest, AnythingIsTooMuchForAnEmptyPlan) {
    map_all();
    expected.clear();
    audit();
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].kind, Kind::unplanned);
}

TEST_F(AuditTest, AHoleInTheMiddle) {
    map_all();
    const GuestRange hole = guest(0x4010'0000, 3 * page_size);
    ASSERT_TRUE(table.unmap(hole, [](const auto&) {}));
    expect_one(Kind::missing, hole);
    EXPECT_EQ(found[0].expected_host, HostAddress(0x1'0010'0000));
}

TEST_F(AuditTest, AHoleAtTheEnd) {
    map_all();
    const GuestRange hole = guest(0x5000'1000, page_size);
    ASSERT_TRUE(table.unmap(hole, [](const auto&) {}));
    expect_one(Kind::missing, hole);
}

TEST_F(AuditTest, ExtraPagesBeforeBetweenAndBehind) {
    map_all();
    for (const u64 address : {0x1000'0000ULL, 0x4040'0000ULL, 0x5000'2000ULL}) {
        const GuestRange extra = guest(address, page_size);
        ASSERT_TRUE(table.map(extra, HostAddress(0x1'2000'0000), ram_rw));
        expect_one(Kind::unplanned, extra);
        EXPECT_EQ(found[0].found_host, HostAddress(0x1'2000'0000));
        ASSERT_TRUE(table.unmap(extra, [](const auto&) {}));
    }
}

TEST_F(AuditTest, OtherMemory) {
    map_all();
    const GuestRange page = guest(0x4020'0000, page_size);
    remap(page, HostAddress(0x1'0000'0000), ram_rw);
    expect_one(Kind::host, page);
    EXPECT_EQ(found[0].expected_host, HostAddress(0x1'0020'0000));
}

TEST_F(AuditTest, AnotherType) {
    map_all();
    const GuestRange page = guest(0x5000'0000, page_size);
    remap(page, HostAddress(0x1'1000'0000), foreign_rw);
    expect_one(Kind::type, page);
}

TEST_F(AuditTest, RightsThatAreNotThoseOfTheType) {
    map_all();
    const GuestRange page = guest(0x5000'0000, page_size);
    const u64 entry = table.translate(page.start())->entry;
    const u64 writable = arch::stage2::S2ap::set(entry, arch::stage2::s2ap_read_write);
    bool spoiled = false;
    for (const auto& [address, entries] : memory.contents()) {
        for (usize i = 0; i < entries.size() && !spoiled; ++i) {
            if (entries[i] == entry) {
                const HostAddress table_page(address);  // as break-before-make asks
                memory.write(table_page, i, 0);
                memory.make_visible(table_page, i, 1);
                memory.invalidate(page);
                memory.write(table_page, i, writable);
                spoiled = true;
                break;
            }
        }
    }
    ASSERT_TRUE(spoiled);
    expect_one(Kind::rights, page);
}

}  // namespace
}  // namespace isthmus::mm
