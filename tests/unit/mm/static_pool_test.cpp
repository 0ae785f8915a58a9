// SPDX-License-Identifier: Apache-2.0
#include "mm/static_pool.hpp"

#include <gtest/gtest.h>

#include "mm/page_release.hpp"
#include "tests/unit/mm/frames.hpp"

namespace isthmus::mm {
namespace {

using test::domain_a;
using test::Frames;
using test::host_range;

constexpr u64 base = 0x4000'0000;

TEST(StaticPool, KeepsItsPagesFromTheHeap) {
    Frames frames({host_range(base, 4 * MiB)});
    PageHeap heap(frames.table);
    StaticPool pool(frames.table);
    ASSERT_TRUE(heap.add(host_range(base + 2 * MiB, 2 * MiB)));
    const HostRange region = host_range(base, 4 * page_size);
    ASSERT_TRUE(pool.assign(region, DomainId::dom_io, 3));
    EXPECT_EQ(pool.assigned_pages(), 4U);
    PageRelease release(frames.table, heap, pool);
    for (PageInfo& page : frames.table.frames(region)) {
        EXPECT_FALSE(put_page_nr(page, 2));
        ASSERT_TRUE(put_page(page));
        release(page);
    }
    EXPECT_EQ(pool.assigned_pages(), 0U);
    EXPECT_EQ(pool.returned_pages(), 4U);
    EXPECT_EQ(heap.free_pages(), 512U);
    EXPECT_EQ(heap.add(region).error(), Error::wrong_owner);
    EXPECT_EQ(assign_range(frames.table, region, domain_a, 1, false).error(), Error::wrong_owner);
    // The same purpose may have them again, with more that were never used.
    ASSERT_TRUE(pool.assign(host_range(base, 6 * page_size), domain_a, 1));
    EXPECT_EQ(pool.assigned_pages(), 6U);
    EXPECT_EQ(pool.returned_pages(), 0U);
    EXPECT_EQ(pool.assign(region, domain_a, 1).error(), Error::wrong_owner);
    EXPECT_EQ(pool.assigned_pages(), 6U);
}

TEST(PageRelease, ReturnsOtherPagesToTheHeap) {
    Frames frames({host_range(base, 4 * MiB)});
    PageHeap heap(frames.table);
    StaticPool pool(frames.table);
    ASSERT_TRUE(assign_range(frames.table, host_range(base, 2 * MiB), domain_a, 1, false));
    PageRelease release(frames.table, heap, pool);
    for (PageInfo& page : frames.table.frames(host_range(base, 2 * MiB))) {
        ASSERT_TRUE(put_page(page));
        release(page);
    }
    EXPECT_EQ(heap.free_blocks(9), 1U);
    EXPECT_EQ(pool.returned_pages(), 0U);
}

TEST(StaticPoolDeathTest, TakesNoOtherPages) {
    Frames frames({host_range(base, MiB)});
    StaticPool pool(frames.table);
    EXPECT_DEATH(pool.take_back(frames[base]), "not static");
}

}  // namespace
}  // namespace isthmus::mm
