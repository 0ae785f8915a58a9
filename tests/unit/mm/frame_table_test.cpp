// SPDX-License-Identifier: Apache-2.0
#include "mm/frame_table.hpp"

#include <gtest/gtest.h>

#include "tests/unit/mm/frames.hpp"

namespace isthmus::mm {
namespace {

using test::domain_a;
using test::domain_b;
using test::Frames;
using test::host_range;

TEST(FrameTable, CostsEightBytesAPage) {
    const HostRange banks[] = {host_range(0x4000'0000, GiB), host_range(0x8'0000'0000, 16 * MiB)};
    EXPECT_EQ(FrameTable::bytes_for(banks), (GiB + 16 * MiB) / 512);
}

TEST(FrameTable, FindsFramesAndAddresses) {
    Frames frames({host_range(0x4000'0000, MiB), host_range(0x8000'0000, MiB)});
    EXPECT_EQ(frames.table.frame_count(), 512U);
    EXPECT_EQ(frames.table.lookup(HostAddress(0x3fff'ffff)), nullptr);
    EXPECT_EQ(frames.table.lookup(HostAddress(0x4010'0000)), nullptr);
    EXPECT_EQ(frames.table.lookup(HostAddress(0)), nullptr);
    EXPECT_EQ(frames.table.lookup(HostAddress(~u64{0})), nullptr);
    EXPECT_EQ(frames.table.lookup(HostAddress(0x4000'0fff)), frames.storage.get());
    EXPECT_EQ(frames.table.lookup(HostAddress(0x400f'f000)), &frames.storage[255]);
    EXPECT_EQ(frames.table.lookup(HostAddress(0x8000'0000)), &frames.storage[256]);
    for (u64 index = 0; index < 512; ++index) {
        EXPECT_EQ(frames.table.index_of(frames.table.address_of(index)), index);
    }
    EXPECT_EQ(frames.table.address_of(frames[0x8000'1000]), HostAddress(0x8000'1000));
}

TEST(FrameTable, JoinsAdjacentBanks) {
    Frames frames({host_range(0x4000'0000, MiB), host_range(0x4010'0000, MiB)});
    EXPECT_EQ(frames.table.bank_count(), 1U);
    EXPECT_EQ(frames.table.frames(host_range(0x400f'f000, 0x2000)).size(), 2U);
    Frames apart({host_range(0x4000'0000, MiB), host_range(0x4010'1000, MiB)});
    EXPECT_EQ(apart.table.bank_count(), 2U);
    EXPECT_EQ(apart.table.bank(1), host_range(0x4010'1000, MiB));
    EXPECT_TRUE(apart.table.frames(host_range(0x400f'f000, 0x3000)).empty());
}

TEST(FrameTable, RefusesWrongBanksAndSmallStorage) {
    PageInfo storage[4];
    const HostRange unaligned[] = {host_range(0x4000'0800, 0x1000)};
    EXPECT_EQ(FrameTable::create(unaligned, storage).error(), Error::unaligned);
    const HostRange unsorted[] = {host_range(0x8000, 0x1000), host_range(0x4000, 0x1000)};
    EXPECT_EQ(FrameTable::create(unsorted, storage).error(), Error::out_of_range);
    const HostRange large[] = {host_range(0x4000, 0x5000)};
    EXPECT_EQ(FrameTable::create(large, storage).error(), Error::out_of_memory);
    const HostRange too_large[] = {host_range(0, 1024 * GiB)};
    EXPECT_EQ(FrameTable::create(too_large, storage).error(), Error::out_of_range);
    std::vector<HostRange> many;
    for (u64 i = 0; i <= limits::memory_banks; ++i) {
        many.push_back(host_range(i * 0x4000, 0x1000));
    }
    EXPECT_EQ(FrameTable::create(many, storage).error(), Error::out_of_range);
    const HostRange with_empty[] = {host_range(0x1000, 0), host_range(0x4000, 0x1000)};
    EXPECT_EQ(FrameTable::create(with_empty, storage)->bank_count(), 1U);
}

TEST(FrameTable, IsATableOfNoRamUntilItIsBuilt) {
    PageInfo storage[4];
    FrameTable table;
    EXPECT_EQ(table.lookup(HostAddress(0)), nullptr);
    EXPECT_EQ(table.frame_count(), 0U);
    const HostRange wrong[] = {host_range(0x4000, 0x1000), host_range(0x2000, 0x1000)};
    EXPECT_EQ(table.build(wrong, storage).error(), Error::out_of_range);
    EXPECT_EQ(table.lookup(HostAddress(0x4000)), nullptr);
    EXPECT_EQ(table.bank_count(), 0U);
    const HostRange right[] = {host_range(0x4000, 0x4000)};
    ASSERT_TRUE(table.build(right, storage));
    EXPECT_EQ(table.lookup(HostAddress(0x7000)), &storage[3]);
}

TEST(AssignRange, GivesEveryPageOwnerAndReferences) {
    Frames frames({host_range(0x4000'0000, MiB)});
    // Sizes around the unrolled loops' sixteen frames.
    u64 start = 0x4000'0000;
    for (u64 pages = 1; pages <= 20; ++pages) {
        const HostRange range = host_range(start, pages * page_size);
        ASSERT_TRUE(assign_range(frames.table, range, domain_a, pages, pages % 2 == 0));
        EXPECT_TRUE(is_owned_by(frames.table, range, domain_a));
        EXPECT_FALSE(is_owned_by(frames.table, range, domain_b));
        for (u64 offset = 0; offset < range.size(); offset += page_size) {
            EXPECT_EQ(frames[start + offset].snapshot(),
                      (PageValue{PageState::allocated, domain_a, pages, pages % 2 == 0}));
        }
        EXPECT_FALSE(frames[start + range.size()].is_allocated());
        start += range.size();
    }
}

TEST(AssignRange, RefusalChangesNothing) {
    Frames frames({host_range(0x4000'0000, MiB)});
    for (const u64 taken : {u64{0}, u64{5}, u64{8}, u64{18}}) {
        const u64 address = 0x4000'0000 + taken * page_size;
        ASSERT_TRUE(assign_page(frames[address], domain_b, 1, false));
        const HostRange range = host_range(0x4000'0000, 19 * page_size);
        EXPECT_EQ(assign_range(frames.table, range, domain_a, 1, true).error(), Error::wrong_owner);
        EXPECT_FALSE(is_owned_by(frames.table, range, domain_a));
        EXPECT_TRUE(put_page(frames[address]));
        for (u64 i = 0; i < 19; ++i) {
            EXPECT_EQ(frames[0x4000'0000 + i * page_size].snapshot(), PageValue{});
        }
    }
}

TEST(AssignRange, ChecksItsArguments) {
    Frames frames({host_range(0x4000'0000, MiB)});
    const HostRange one = host_range(0x4000'0000, page_size);
    const auto error = [&](HostRange range, DomainId owner, u64 references) {
        return assign_range(frames.table, range, owner, references, false).error();
    };
    EXPECT_EQ(error(host_range(0x4000'0800, page_size), domain_a, 1), Error::unaligned);
    EXPECT_EQ(error(host_range(0x3fff'f000, 2 * page_size), domain_a, 1), Error::out_of_range);
    EXPECT_EQ(error(one, domain_a, 0), Error::invalid_argument);
    EXPECT_EQ(error(one, DomainId::none, 1), Error::invalid_argument);
    EXPECT_EQ(error(one, domain_a, page_word::max_references + 1), Error::count_overflow);
    EXPECT_TRUE(assign_range(frames.table, host_range(0x4000'0000, 0), domain_a, 1, false));
    EXPECT_TRUE(is_owned_by(frames.table, host_range(0x4000'0000, 0), domain_a));
    EXPECT_FALSE(is_owned_by(frames.table, host_range(0x3fff'f000, page_size), domain_a));
}

TEST(IsOwnedBy, LooksAtEveryPage) {
    Frames frames({host_range(0x4000'0000, MiB)});
    const HostRange range = host_range(0x4000'0000, 19 * page_size);
    for (u64 other = 0; other < 19; ++other) {
        ASSERT_TRUE(assign_range(frames.table, range, domain_a, 1, false));
        PageInfo& page = frames[0x4000'0000 + other * page_size];
        EXPECT_TRUE(put_page(page));
        EXPECT_FALSE(is_owned_by(frames.table, range, domain_a));
        ASSERT_TRUE(assign_page(page, domain_b, 1, false));
        EXPECT_FALSE(is_owned_by(frames.table, range, domain_a));
        fill_words(frames.table.frames(range), page_word::none);
    }
}

}  // namespace
}  // namespace isthmus::mm
