// SPDX-License-Identifier: Apache-2.0
// The account of the heap on finished plans. That it is enough is seen where plans are built
// (tests/property/core_build.cpp).
#include "dom0less/memory/heap_need.hpp"

#include <gtest/gtest.h>

#include "dom0less/memory/budget.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::PlannedTree;

HeapNeed need_of(const PlannedTree& planned) {
    return count_heap(*planned.plan, planned.host);
}

TEST(HeapNeed, EachUseIsCounted) {
    const PlannedTree one(test::machine(test::domain(1, "", 64, 1)));
    const PlannedTree two(test::machine(test::domain(1, "", 64, 1) + test::domain(2, "", 65, 3)));
    ASSERT_TRUE(one.plan && two.plan) << two.lines();
    EXPECT_EQ(need_of(one).stacks, 4 * heap_cost::cpu);
    EXPECT_EQ(need_of(one).domains, heap_cost::domain + heap_cost::vcpu);
    EXPECT_EQ(need_of(two).domains, 2 * heap_cost::domain + 4 * heap_cost::vcpu);
    EXPECT_EQ(need_of(one).loading, guest_tree_bytes);
    EXPECT_GT(need_of(one).guest_tables, 0u);
    EXPECT_GT(need_of(two).guest_tables, need_of(one).guest_tables);
    EXPECT_GT(need_of(two).own_tables, need_of(one).own_tables);
}

TEST(HeapNeed, ARegionIsCountedForEachWhoSeesIt) {
    const auto with = [](u64 pages) {
        TextBuffer<80> range;
        print(range, "0 0x70000000 0 0x60000000 0 {x}", pages * page_size);
        const std::string node = test::shm("s", "a", std::string(range.view()));
        const PlannedTree planned(test::machine(test::domain(1, node) + test::domain(2, node)));
        return need_of(planned).guest_tables;
    };
    EXPECT_GE(with(4096), with(1) + 2 * page_size);
}

u64 tables_of(u64 guest, u64 host, u64 bytes) {
    const std::array<MappingPlan, 1> mappings{
        {{*GuestRange::from(GuestAddress(guest), bytes), HostAddress(host), mm::MappingType::device,
          std::nullopt}}};
    DomainPlan domain;
    domain.mappings = mappings;
    Plan plan;
    plan.domains = {&domain, 1};
    return count_heap(plan, {}).guest_tables / page_size;
}

/// A window of 512 GiB for PCI, where the machine has it, costs no table for each of its pages.
TEST(HeapNeed, BlocksNeedNoTablesButAtTheirEnds) {
    EXPECT_LE(tables_of(0x80'0000'0000, 0x80'0000'0000, 512 * GiB), 4u);
    EXPECT_LE(tables_of(0x4000'1000, 0x8000'1000, 512 * GiB), 4u);
    EXPECT_GE(tables_of(0x4000'0000, 0x8020'0000, 8 * GiB), 8u) << "2 MiB blocks, in 8 tables";
    EXPECT_GE(tables_of(0x4000'0000, 0x8000'1000, 1 * GiB), 512u) << "pages";
    EXPECT_GE(tables_of(0x4000'1000, 0x4000'1000, 2 * MiB), 3u) << "across two of level 3";
}

TEST(HeapNeed, TheHeapHasWholeBlocksBehindTheFrameTable) {
    const PlannedTree planned(test::machine(test::domain(1, "", 64, 1)));
    u64 all = 0;
    for (const HostUsePlan& use : planned.plan->host_map) {
        all += use.use == HostUse::heap ? use.range.size() : 0;
    }
    const u64 capacity = heap_capacity(*planned.plan, planned.host);
    EXPECT_EQ(capacity % guest_tree_bytes, 0u);
    EXPECT_LE(capacity, all - 1 * GiB / page_size * heap_cost::frame);
    EXPECT_GT(capacity, all - 16 * MiB);
}

TEST(HeapNeed, APlanThatTheHeapCannotServeIsNamed) {
    const PlannedTree planned(test::machine(test::domain(1, "", 64, 1)));
    std::vector<HostUsePlan> uses(planned.plan->host_map.begin(), planned.plan->host_map.end());
    for (HostUsePlan& use : uses) {
        use.use = use.use == HostUse::heap ? HostUse::unused : use.use;
    }
    Plan plan = *planned.plan;
    std::vector<std::byte> memory(1 << 16);
    Arena arena(memory);
    Findings findings(arena);
    check_heap_holds(plan, planned.host, findings);
    EXPECT_FALSE(findings.has_errors());
    plan.host_map = uses;
    check_heap_holds(plan, planned.host, findings);
    ASSERT_EQ(findings.errors(), 1u);
    EXPECT_EQ(findings.items()[0].rule->name, "dom-out-of-memory");
}

TEST(HeapNeed, AnSmmuHasAnEntryForEachStreamAndAPageAroundIt) {
    DomainPlan domain;
    const std::array<fdt::StreamRange, 2> streams{
        {{.smmu = 0, .first = 1, .count = 3}, {.smmu = 1, .first = 7, .count = 1}}};
    domain.streams = streams;
    Plan plan;
    plan.domains = {&domain, 1};
    EXPECT_EQ(stream_bytes(plan, 0), heap_cost::smmu + 67 * heap_cost::stream);
    EXPECT_EQ(stream_bytes(plan, 1), heap_cost::smmu + 65 * heap_cost::stream);
    EXPECT_EQ(stream_bytes(plan, 2), heap_cost::smmu);
}

/// A guest's /memory node lists its RAM and regions; a direct-mapped guest's RAM may be in any
/// number of pieces.
TEST(GuestTrees, WhatATreeCannotHoldIsNamed) {
    const auto pieces = [](usize count) {
        std::string list = "xen,static-mem = <0 0x60000000 0 0x800000";
        for (usize i = 1; i < count; ++i) {
            TextBuffer<80> piece;
            print(piece, " 0 {x} 0 0x1000", 0x6100'0000 + i * 2 * page_size);
            list += piece.view();
        }
        return test::machine(test::domain(1, list + ">; direct-map;", 8, 1));
    };
    const auto planned = [&](usize count) {
        std::string source = pieces(count);
        const std::string kib = std::to_string(8 * 1024 + (count - 1) * 4);
        source.replace(source.find("memory = <0 8192>"), 17, "memory = <0 " + kib + ">");
        return PlannedTree(source).rules();
    };
    EXPECT_EQ(planned(640), "");
    EXPECT_EQ(planned(641), "dom-limit");
}

}  // namespace
}  // namespace isthmus::dom0less
