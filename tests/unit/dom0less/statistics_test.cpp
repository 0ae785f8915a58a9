// SPDX-License-Identifier: Apache-2.0
// The statistics region, from the tree to the plan and to the guests' trees.
#include "dom0less/devices/statistics.hpp"

#include <gtest/gtest.h>

#include "isthmus/guest_layout.hpp"
#include "isthmus/statistics_layout.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using shm::RegionPlan;
using test::domain;
using test::machine;
using test::PlannedTree;
using test::shm;

constexpr const char* mem = "0 0x70000000 0 0x60000000 0 0x10000";
const std::string borrows = "isthmus,statistics; ";

/// Where a guest's tree says that it is; 0: it does not.
u64 found_by(const PlannedTree& planned, usize index) {
    const test::OpenedTree opened(test::guest_tree_of(planned, index));
    for (u32 number = 1; number < opened.tree->node_count(); ++number) {
        const fdt::Node node = opened.tree->node(number);
        if (node.is_compatible("isthmus,statistics-v1")) {
            const auto reg = node.property("reg");
            EXPECT_TRUE(node.has("no-map"));
            EXPECT_EQ(reg->cells(2, 2), planned.plan->regions.back().size);
            return reg->cells(0, 2);
        }
    }
    return 0;
}

TEST(Statistics, WhoAsksSeesItAndNobodyElse) {
    const PlannedTree planned(machine(domain(1, borrows + shm("s", "bus", mem)) +
                                      domain(2, shm("s", "bus", mem)) + domain(3, borrows)));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.lines(), "");
    ASSERT_EQ(planned.plan->regions.size(), 2u);
    const RegionPlan& region = planned.plan->regions[1];
    EXPECT_EQ(region.role, RegionPlan::Role::statistics);
    EXPECT_TRUE(region.is_system());
    EXPECT_FALSE(region.has_subject());
    EXPECT_EQ(region.id, "Isthmus's statistics");
    EXPECT_EQ(region.owner, DomainId::dom_io);
    EXPECT_EQ(region.size, statistics::size(3, planned.host.cpus.size()));
    EXPECT_EQ(region.host.size(), 1u);
    EXPECT_EQ(region.references_per_page, 3u);
    EXPECT_EQ(region.borrowers.size(), 2u);
    EXPECT_EQ(region.path, planned.plan->domains[0].path);
    const u64 place = guest_layout::statistics.start().raw();
    EXPECT_EQ(found_by(planned, 0), place);
    EXPECT_EQ(found_by(planned, 1), 0u);
    EXPECT_EQ(found_by(planned, 2), place);
    for (const MappingPlan& mapping : planned.plan->domains[2].mappings) {
        EXPECT_TRUE(mapping.region != 1u || mapping.type == mm::MappingType::foreign_ro);
    }
}

TEST(Statistics, WithoutABorrowerThereIsNone) {
    const PlannedTree planned(machine(domain(1, "isthmus,statistics = <0>;")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_TRUE(planned.plan->regions.empty());
    EXPECT_EQ(found_by(planned, 0), 0u);
}

TEST(Statistics, AnythingButAFlagIsAFinding) {
    EXPECT_EQ(PlannedTree(machine(domain(1, "isthmus,statistics = <2>;"))).rules(), "dom-value");
    EXPECT_EQ(PlannedTree(machine(domain(1, "isthmus,statistics = \"yes\";"))).rules(),
              "dom-value");
}

TEST(Statistics, NothingElseLiesThere) {
    const std::string there = shm("s", "bus", "0 0x70000000 0 0x22200000 0 0x1000");
    EXPECT_EQ(PlannedTree(machine(domain(1, borrows + there) + domain(2, there))).rules(),
              "shm-guest-overlap");
    EXPECT_EQ(PlannedTree(machine(domain(1, there) + domain(2, there))).rules(), "");
}

TEST(Statistics, ADirectMappedGuestHasItWhereTheMachineHasNothing) {
    const PlannedTree planned(
        machine(domain(1, borrows + "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; ")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(found_by(planned, 0),
              0xff'ff00'0000u + (guest_layout::statistics.start() - guest_layout::gpio.start()));
}

/// Its modules, where the tree of a test machine has room for them.
const std::string dom0 = R"(
    module@48000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x48000000 0 0x800000>; };)";

TEST(Statistics, Dom0SaysSoInChosen) {
    const PlannedTree planned(machine(borrows + dom0 + domain(1, "")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.lines(), "");
    EXPECT_EQ(planned.plan->regions[0].borrowers[0], DomainId::dom0);
    EXPECT_EQ(found_by(planned, 0),
              0xff'ff00'0000u + (guest_layout::statistics.start() - guest_layout::gpio.start()));
    EXPECT_EQ(found_by(planned, 1), 0u);
}

TEST(Statistics, ChosenSaysItForNobodyElse) {
    EXPECT_EQ(PlannedTree(machine(borrows + domain(1, ""))).rules(), "dom-kernel-missing");
    EXPECT_EQ(PlannedTree(machine("isthmus,statistics = <0>; " + domain(1, ""))).rules(), "");
    EXPECT_EQ(PlannedTree(machine("isthmus,statistics = <2>; " + dom0 + domain(1, ""))).rules(),
              "dom-value");
    const PlannedTree off(machine("isthmus,statistics = <0>; " + dom0 + domain(1, "")));
    ASSERT_TRUE(off.plan) << off.lines();
    EXPECT_TRUE(off.plan->regions.empty());
}

TEST(Statistics, WithoutAPlaceItIsAFinding) {
    std::string in_the_way;
    for (int i = 0; i < 70; ++i) {
        const u64 at = 0xff'ff00'0000 - static_cast<u64>(i) * 0x200'0000;
        TextBuffer<40> reg;
        print(reg, "{x} {x} 0 0x1000", at >> 32, at & 0xffff'ffff);
        in_the_way += "p" + std::to_string(i) + " { compatible = \"test\"; reg = <" +
                      std::string(reg.view()) + ">; };";
    }
    const PlannedTree planned(
        machine(domain(1, borrows + "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; "),
                in_the_way));
    EXPECT_EQ(planned.rules(), "dom-direct-map") << planned.lines();
}

TEST(StatisticsLayout, ItsSizeSaysOfHowManyCpusItIs) {
    for (const usize domains : {0u, 1u, 14u, 64u}) {
        for (const usize cpus : {1u, 2u, 50u, 128u}) {
            EXPECT_EQ(statistics::cpus_in(domains, statistics::size(domains, cpus)), cpus);
        }
    }
    EXPECT_EQ(statistics::size(2, 2), 0x9000u);
}

}  // namespace
}  // namespace isthmus::dom0less
