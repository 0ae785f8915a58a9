// SPDX-License-Identifier: Apache-2.0
// What a tree takes at most; that no tree takes more is seen where trees are written at random
// (tests/property, tests/fuzz).
#include "dom0less/tree/tree_size.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "dom0less/memory/heap_need.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::PlannedTree;

TEST(TreeSize, GrowsWithItsParts) {
    const u64 least = most_tree_bytes({});
    EXPECT_EQ(most_tree_bytes({.bootargs = 2047}), least + 2047);
    EXPECT_GE(most_tree_bytes({.vcpus = 1}), least + 200);
    EXPECT_GE(most_tree_bytes({.views = 1}), least + 64 * 80) << "64 parties with long names";
    EXPECT_EQ(most_tree_bytes({.partial = 4096}), least + 4096);
    EXPECT_EQ(most_tree_bytes({.views = 4096}), guest_tree_bytes);
    EXPECT_TRUE(std::has_single_bit(kept_tree_bytes({.bootargs = 1})));
    EXPECT_GE(kept_tree_bytes({.views = 3}), most_tree_bytes({.views = 3}));
}

/// All vCPUs, and parties with the longest of names.
TEST(TreeSize, HoldsALargeOne) {
    std::string chosen;
    const std::string node =
        test::shm("s", "bus", "0 0x70000000 0 0x60000000 0 0x1000", "isthmus,doorbell;");
    for (int i = 1; i <= 9; ++i) {
        std::string one = test::domain(i, node, 16, i == 1 ? 128 : 1);
        const std::string name = "domU" + std::to_string(i);
        const usize at = one.find(name + " {");
        ASSERT_NE(at, std::string::npos) << one;
        one.replace(at, name.size(), std::string(64 - name.size(), 'n') + name);
        chosen += one;
    }
    const PlannedTree planned(test::machine(chosen));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const DomainPlan& domain = planned.plan->domains[0];
    std::vector<std::byte> buffer(guest_tree_bytes);
    const auto tree = write_guest_tree(*planned.plan, domain, planned.host, buffer);
    ASSERT_TRUE(tree);
    EXPECT_LE(tree->size(), most_tree_bytes(tree_parts(domain)));
    EXPECT_GT(tree->size(), 128u * 80 + 9 * 64) << "it is a large one";
}

/// The account of the heap has one for each guest that can be restarted.
TEST(TreeSize, TheHeapKeepsThem) {
    const PlannedTree planned(test::machine(test::domain(1, "") + test::domain(2, "")));
    ASSERT_TRUE(planned.plan);
    const u64 each = kept_tree_bytes(tree_parts(planned.plan->domains[0]));
    EXPECT_EQ(count_heap(*planned.plan, planned.host).kept_trees, 2 * each);
    Plan plan = *planned.plan;
    std::vector<DomainPlan> domains(plan.domains.begin(), plan.domains.end());
    domains[1].health.can_restart = false;
    plan.domains = domains;
    const HeapNeed need = count_heap(plan, planned.host);
    EXPECT_EQ(need.kept_trees, each);
    EXPECT_EQ(count_heap(*planned.plan, planned.host).total(), need.total() + each);
}

/// A restart loads the modules again: nobody is ever given their pages.
TEST(TreeSize, ModulesStay) {
    const PlannedTree planned(test::machine(test::domain(1, "") + test::domain(2, "")));
    ASSERT_TRUE(planned.plan);
    for (const DomainPlan& domain : planned.plan->domains) {
        for (const HostUsePlan& use : planned.plan->host_map) {
            const bool overlaps = use.range.overlaps(domain.kernel.host.outer_aligned(page_size));
            EXPECT_EQ(overlaps, use.use == HostUse::module && overlaps);
        }
    }
}

}  // namespace
}  // namespace isthmus::dom0less
