// SPDX-License-Identifier: Apache-2.0
#include "mm/page_heap.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/mm/frames.hpp"

namespace isthmus::mm {
namespace {

using test::domain_a;
using test::Frames;
using test::host_range;

constexpr u64 base = 0x4000'0000;
constexpr DomainId us = DomainId::dom_isthmus;

struct PageHeapTest : testing::Test {
    Frames frames{{host_range(base, 2 * GiB + 3 * page_size)}};
    PageHeap heap{frames.table};
};

TEST_F(PageHeapTest, StartsEmpty) {
    EXPECT_EQ(heap.free_pages(), 0U);
    EXPECT_EQ(heap.allocate(0, us).error(), Error::out_of_memory);
}

TEST_F(PageHeapTest, UsesTheLargestBlocks) {
    ASSERT_TRUE(heap.add(host_range(base, 2 * GiB + 3 * page_size)));
    EXPECT_EQ(heap.free_blocks(18), 2U);
    EXPECT_EQ(heap.free_blocks(1), 1U);
    EXPECT_EQ(heap.free_blocks(0), 1U);
    EXPECT_EQ(heap.free_pages(), 2 * GiB / page_size + 3);
    EXPECT_EQ(heap.total_pages(), heap.free_pages());
}

TEST_F(PageHeapTest, NeverJoinsAcrossTheLargestOrder) {
    ASSERT_TRUE(heap.add(host_range(base, GiB)));
    ASSERT_TRUE(heap.add(host_range(base + GiB, GiB)));
    EXPECT_EQ(heap.free_blocks(18), 2U);
}

TEST_F(PageHeapTest, SplitsAndJoinsAgain) {
    ASSERT_TRUE(heap.add(host_range(base, MiB)));  // one block of order 8
    const HostAddress page = heap.allocate(0, us).value();
    EXPECT_EQ(page, HostAddress(base));
    EXPECT_EQ(heap.free_pages(), 255U);
    for (unsigned order = 0; order < 8; ++order) {
        EXPECT_EQ(heap.free_blocks(order), 1U) << order;
    }
    EXPECT_EQ(frames[base].snapshot(), (PageValue{PageState::allocated, us, 1, false}));
    EXPECT_TRUE(put_page(frames[base]));
    heap.free(page, 0);
    EXPECT_EQ(heap.free_blocks(8), 1U);
    EXPECT_EQ(heap.free_pages(), 256U);
}

TEST_F(PageHeapTest, AllocatesEveryPageOfABlock) {
    ASSERT_TRUE(heap.add(host_range(base, 2 * MiB)));
    const HostAddress block = heap.allocate(5, domain_a).value();
    EXPECT_TRUE(block.is_aligned(32 * page_size));
    EXPECT_TRUE(is_owned_by(frames.table, host_range(block.raw(), 32 * page_size), domain_a));
    EXPECT_FALSE(frames[block.raw() + 32 * page_size].is_allocated());
    heap.give_back(block, 5);
    EXPECT_EQ(heap.free_blocks(9), 1U);
}

TEST_F(PageHeapTest, FragmentsAndMergesCompletely) {
    ASSERT_TRUE(heap.add(host_range(base, MiB)));
    std::vector<HostAddress> pages;
    for (Result<HostAddress> page = heap.allocate(0, us); page; page = heap.allocate(0, us)) {
        pages.push_back(*page);
    }
    ASSERT_EQ(pages.size(), 256U);
    EXPECT_EQ(heap.free_pages(), 0U);
    for (usize i = 0; i < pages.size(); i += 2) {
        heap.give_back(pages[i], 0);
    }
    // Half of the memory is free, and none of it together.
    EXPECT_EQ(heap.free_pages(), 128U);
    EXPECT_EQ(heap.allocate(1, us).error(), Error::out_of_memory);
    for (usize i = 1; i < pages.size(); i += 2) {
        heap.give_back(pages[i], 0);
    }
    EXPECT_EQ(heap.free_blocks(8), 1U);
    EXPECT_EQ(heap.allocate(8, us).value(), HostAddress(base));
}

TEST_F(PageHeapTest, PagesOfABlockMayComeBackOneByOne) {
    ASSERT_TRUE(heap.add(host_range(base, MiB)));
    const HostAddress block = heap.allocate(8, domain_a).value();
    for (u64 i = 0; i < 256; ++i) {
        PageInfo& page = frames[block.raw() + ((i * 37) % 256) * page_size];
        ASSERT_TRUE(put_page(page));
        heap.free(frames.table.address_of(page), 0);
    }
    EXPECT_EQ(heap.free_blocks(8), 1U);
}

TEST_F(PageHeapTest, BlocksStayInTheirBank) {
    // Two banks whose frame indices are adjacent, but not their addresses.
    Frames apart({host_range(0, 0x1000), host_range(0x3000, 0x1000), host_range(0x5000, 0x1000)});
    PageHeap small(apart.table);
    for (usize bank = 0; bank < apart.table.bank_count(); ++bank) {
        ASSERT_TRUE(small.add(apart.table.bank(bank)));
    }
    EXPECT_EQ(small.free_blocks(0), 3U);
    EXPECT_EQ(small.allocate(1, us).error(), Error::out_of_memory);
}

TEST_F(PageHeapTest, AddRefusesWhatIsNotFreeRam) {
    EXPECT_EQ(heap.add(host_range(base + 0x800, page_size)).error(), Error::unaligned);
    EXPECT_EQ(heap.add(host_range(base - page_size, page_size)).error(), Error::out_of_range);
    EXPECT_TRUE(heap.add(host_range(base, 0)));
    ASSERT_TRUE(assign_page(frames[base], domain_a, 1, false));
    EXPECT_EQ(heap.add(host_range(base, page_size)).error(), Error::wrong_owner);
    ASSERT_TRUE(heap.add(host_range(base + 2 * MiB, 2 * MiB)));
    EXPECT_EQ(heap.add(host_range(base + 3 * MiB, MiB)).error(), Error::wrong_owner);
    EXPECT_EQ(heap.free_pages(), 512U);
}

TEST_F(PageHeapTest, AllocateChecksItsArguments) {
    ASSERT_TRUE(heap.add(host_range(base, 2 * GiB)));
    EXPECT_EQ(heap.allocate(PageHeap::max_order + 1, us).error(), Error::invalid_argument);
    EXPECT_EQ(heap.allocate(0, DomainId::none).error(), Error::invalid_argument);
    EXPECT_EQ(heap.allocate(18, us).value().raw() % GiB, 0U);
}

TEST_F(PageHeapTest, KnowsWhatLiesInFreeBlocks) {
    ASSERT_TRUE(heap.add(host_range(base + 4 * MiB, 4 * MiB)));
    EXPECT_FALSE(frames.table.in_free_block(HostAddress(base + 4 * MiB - 1)));
    EXPECT_TRUE(frames.table.in_free_block(HostAddress(base + 4 * MiB)));
    EXPECT_TRUE(frames.table.in_free_block(HostAddress(base + 8 * MiB - 1)));
    EXPECT_FALSE(frames.table.in_free_block(HostAddress(base + 8 * MiB)));
    EXPECT_FALSE(frames.table.in_free_block(HostAddress(0x1000)));
    // A range that the heap holds is nobody else's, wherever it starts or ends.
    for (const HostRange range :
         {host_range(base + 3 * MiB, 2 * MiB), host_range(base + 5 * MiB, MiB),
          host_range(base + 7 * MiB, 2 * MiB), host_range(base + 4 * MiB, 4 * MiB)}) {
        EXPECT_EQ(assign_range(frames.table, range, domain_a, 1, true).error(), Error::wrong_owner);
    }
    EXPECT_TRUE(assign_range(frames.table, host_range(base, 4 * MiB), domain_a, 1, true));
    EXPECT_TRUE(assign_range(frames.table, host_range(base + 8 * MiB, MiB), domain_a, 1, true));
}

using PageHeapDeathTest = PageHeapTest;

TEST_F(PageHeapDeathTest, WrongFreesPanic) {
    ASSERT_TRUE(heap.add(host_range(base, MiB)));
    const HostAddress block = heap.allocate(1, us).value();
    EXPECT_DEATH(heap.free(block, 1), "in use");
    EXPECT_DEATH(heap.free(block + page_size, 1), "block to free");
    EXPECT_DEATH(heap.free(block, PageHeap::max_order + 1), "block to free");
    EXPECT_DEATH(heap.free(HostAddress(base - page_size), 0), "not RAM");
    heap.give_back(block, 1);
    EXPECT_DEATH(heap.free(block, 1), "freed twice");
    EXPECT_DEATH(heap.free(block + page_size, 0), "freed twice");
    const HostAddress shared = heap.allocate(0, domain_a).value();
    ASSERT_TRUE(get_page(frames[shared.raw()], domain_a));
    EXPECT_DEATH(heap.give_back(shared, 0), "still referenced");
}

TEST(OrderFor, RoundsUp) {
    EXPECT_EQ(order_for(0), 0U);
    EXPECT_EQ(order_for(1), 0U);
    EXPECT_EQ(order_for(page_size), 0U);
    EXPECT_EQ(order_for(page_size + 1), 1U);
    EXPECT_EQ(order_for(GiB), 18U);
}

}  // namespace
}  // namespace isthmus::mm
