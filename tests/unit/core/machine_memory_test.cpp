// SPDX-License-Identifier: Apache-2.0
// The booted machine's heap, and guest maps whose tables come from it.
#include "core/memory/machine_memory.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "core/memory/guest_map.hpp"
#include "isthmus/arch/host_map.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

class MachineMemoryTest : public ::testing::Test {
  protected:
    MachineMemoryTest() { test::booted(); }

    static bool is_clear(HostAddress page) {
        static constexpr std::array<std::byte, page_size> zeros{};
        return std::memcmp(arch::host_pointer(page), zeros.data(), page_size) == 0;
    }
    static mm::PageValue page_at(HostAddress address) {
        return frames().lookup(address)->snapshot();
    }
};

TEST_F(MachineMemoryTest, EveryFrameIsAccountedFor) {
    EXPECT_EQ(frames().frame_count(), test::FakeMachine::ram_size / page_size);
    EXPECT_GT(heap_total_pages(), heap_free_pages());
    EXPECT_EQ(page_at(HostAddress(0x4000'0000)).owner, DomainId::dom_isthmus);  // the image
    EXPECT_EQ(page_at(HostAddress(0x4800'0000)).owner, DomainId::dom_isthmus);  // the boot tree
    EXPECT_EQ(page_at(HostAddress(0x5100'0000)).owner, DomainId::dom_isthmus);  // a module
}

TEST_F(MachineMemoryTest, TablePagesAreClearAndComeBack) {
    const u64 before = heap_free_pages();
    const HostAddress first = allocate_table_page().value();
    EXPECT_EQ(heap_free_pages(), before - 1);
    EXPECT_TRUE(is_clear(first));
    EXPECT_EQ(page_at(first).owner, DomainId::dom_isthmus);
    std::memset(arch::host_pointer(first), 0xff, page_size);
    free_table_page(first);
    EXPECT_EQ(heap_free_pages(), before);
    const HostAddress again = allocate_table_page().value();
    EXPECT_TRUE(is_clear(again));
    free_table_page(again);
}

TEST_F(MachineMemoryTest, ObjectsAreMade) {
    const auto numbers = allocate_objects<u64>(1000).value();
    ASSERT_EQ(numbers.size(), 1000U);
    EXPECT_EQ(numbers[0] + numbers[999], 0U);
    EXPECT_TRUE(allocate_objects<u64>(0).value().empty());
}

TEST_F(MachineMemoryTest, WhatDoesNotExistCannotBeHad) {
    EXPECT_EQ(allocate_pages(18 + 1).error(), Error::invalid_argument);
    EXPECT_EQ(allocate_pages(18).error(), Error::out_of_memory);
}

TEST_F(MachineMemoryTest, AMapBuiltAndClearedLeavesTheHeapAsItWas) {
    const u64 before = heap_free_pages();
    const mm::TableGeometry geometry = arch::guest_geometry();
    const unsigned order = mm::order_for(geometry.root_bytes());
    const HostAddress root = allocate_pages(order).value();
    arch::zero_host(*HostRange::from(root, geometry.root_bytes()));
    const HostAddress page = allocate_pages(0).value();
    const GuestRange at = *GuestRange::from(GuestAddress(0x4000'1000), page_size);

    DomainMap map(frames(), root, geometry, u64{9} << 48);
    const u64 published = fake().table_publications;
    ASSERT_TRUE(map.map_ram(at, page, mm::MappingType::ram_rw));
    EXPECT_GT(fake().table_publications, published);
    EXPECT_EQ(heap_free_pages(), before - (u64{1} << order) - 1 - 2);  // two levels of tables
    EXPECT_EQ(map.translate(GuestAddress(0x4000'1abc))->host, page);
    EXPECT_TRUE(fake().invalidations.empty());

    ASSERT_TRUE(map.unmap(at, ReleasePages()));
    ASSERT_FALSE(fake().invalidations.empty());
    EXPECT_TRUE(fake().invalidations[0].contains(at));
    EXPECT_EQ(map.translate(GuestAddress(0x4000'1abc)).error(), Error::not_mapped);
    map.clear(ReleasePages());
    free_pages(page, 0);
    free_pages(root, order);
    EXPECT_EQ(heap_free_pages(), before);
}

TEST_F(MachineMemoryTest, AForeignMappingGivesItsReferenceBackAndTheLastFreesThePage) {
    const u64 before = heap_free_pages();
    const mm::TableGeometry geometry = arch::guest_geometry();
    const unsigned order = mm::order_for(geometry.root_bytes());
    const HostAddress root = allocate_pages(order).value();
    arch::zero_host(*HostRange::from(root, geometry.root_bytes()));
    const HostAddress page = allocate_pages(0).value();
    mm::PageInfo& info = *frames().lookup(page);
    const GuestRange at = *GuestRange::from(GuestAddress(0x5000'0000), page_size);

    DomainMap map(frames(), root, geometry, u64{9} << 48);
    EXPECT_EQ(map.p2m_map_foreign_rw(at, page, DomainId::dom_io).error(), Error::wrong_owner);
    ASSERT_TRUE(mm::get_page(info, DomainId::dom_isthmus));
    ASSERT_TRUE(map.p2m_map_foreign_rw(at, page, DomainId::dom_isthmus));
    EXPECT_EQ(info.references(), 2U);
    EXPECT_FALSE(mm::put_page(info));  // the owner lets go first
    map.clear(ReleasePages());
    EXPECT_FALSE(info.is_allocated());
    free_pages(root, order);
    EXPECT_EQ(heap_free_pages(), before);
}

}  // namespace
}  // namespace isthmus::core
