// SPDX-License-Identifier: Apache-2.0
// Status pages of regions, from the tree to the plan and to the guests' trees.
#include "dom0less/devices/status_pages.hpp"

#include <gtest/gtest.h>

#include "isthmus/guest_layout.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using shm::RegionPlan;
using test::domain;
using test::machine;
using test::PlannedTree;
using test::shm;

constexpr const char* mem = "0 0x70000000 0 0x60000000 0 0x10000";
constexpr const char* mem2 = "0 0x71000000 0 0x61000000 0 0x10000";
constexpr u64 first_page = guest_layout::status_pages.start().raw();

/// What the node of a region says in a guest's tree; 0 where it says nothing.
struct Shown {
    u64 status = 0;
    u64 status_size = 0;
    u32 parties = 0;
    u32 party = 0;
};

Shown read_shown(const fdt::Node& node) {
    Shown shown;
    if (const auto status = node.property("isthmus,status")) {
        EXPECT_EQ(status->cell_count(), 4u);
        shown.status = status->cells(0, 2);
        shown.status_size = status->cells(2, 2);
    }
    if (const auto names = node.property("isthmus,parties")) {
        shown.parties =
            static_cast<u32>(std::ranges::count(names->value, std::byte{0}));  // ends of texts
        shown.party = node.property("isthmus,party")->cell(0);
    }
    return shown;
}

Shown found_by(const PlannedTree& planned, usize index, std::string_view id) {
    const test::OpenedTree opened(test::guest_tree_of(planned, index));
    for (u32 number = 1; number < opened.tree->node_count(); ++number) {
        const auto shown_id = opened.tree->node(number).property("xen,id");
        if (shown_id && shown_id->text() == id) {
            return read_shown(opened.tree->node(number));
        }
    }
    ADD_FAILURE() << "no region " << id;
    return {};
}

const shm::SharedViewPlan* view_of(const DomainPlan& domain, u32 region) {
    const auto view = std::ranges::find(domain.views, region, &shm::SharedViewPlan::region);
    return view == domain.views.end() ? nullptr : &*view;
}

TEST(StatusPages, OnePartyAsksAndAllSeeIt) {
    const PlannedTree planned(
        machine(domain(1, shm("s", "bus", mem, "role = \"owner\";") + shm("t", "pair", mem2)) +
                domain(2, shm("s", "bus", mem, "isthmus,status;") + shm("t", "pair", mem2)) +
                domain(3, shm("s", "bus", mem, "isthmus,access = \"ro\";"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const auto& regions = planned.plan->regions;
    ASSERT_EQ(regions.size(), 3u);
    EXPECT_EQ(regions[0].role, RegionPlan::Role::shared);
    EXPECT_FALSE(regions[0].is_system());
    const RegionPlan& status = regions[2];
    EXPECT_EQ(status.role, RegionPlan::Role::status);
    EXPECT_TRUE(status.is_system());
    EXPECT_EQ(status.subject, 0u);
    EXPECT_EQ(status.id, "bus's status");
    EXPECT_EQ(status.owner, DomainId::dom_io) << "whoever owns the region";
    EXPECT_EQ(status.size, page_size);
    EXPECT_EQ(status.references_per_page, 4u);
    EXPECT_FALSE(status.has_doorbells);
    EXPECT_TRUE(std::ranges::equal(status.parties, regions[0].parties)) << "its slots";
    for (const DomainPlan& guest : planned.plan->domains) {
        const shm::SharedViewPlan* view = view_of(guest, 2);
        ASSERT_NE(view, nullptr);
        EXPECT_FALSE(view->writable);
        EXPECT_FALSE(view->is_owner);
        EXPECT_EQ(view->guest.start().raw(), first_page);
        const auto mapping = std::ranges::find(guest.mappings, view->guest, &MappingPlan::guest);
        ASSERT_NE(mapping, guest.mappings.end());
        EXPECT_EQ(mapping->type, mm::MappingType::foreign_ro);
        EXPECT_EQ(mapping->host, status.host[0].start());
    }
}

TEST(StatusPages, TheRegionsNodeSaysWhereItIs) {
    const PlannedTree planned(
        machine(domain(1, shm("s", "bus", mem, "isthmus,status;") +
                              shm("t", "pair", mem2, "isthmus,status = <1>;")) +
                domain(2, shm("t", "pair", mem2) + shm("s", "bus", mem)) +
                domain(3, shm("t", "pair", mem2))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const Shown bus = found_by(planned, 0, "bus");
    EXPECT_EQ(bus.status, first_page);
    EXPECT_EQ(bus.status_size, page_size);
    EXPECT_EQ(bus.parties, 2u) << "numbers of slots, also without doorbells";
    EXPECT_EQ(bus.party, 0u);
    EXPECT_EQ(found_by(planned, 0, "pair").status, first_page + page_size);
    EXPECT_EQ(found_by(planned, 2, "pair").status, first_page) << "its own first";
    EXPECT_EQ(found_by(planned, 2, "pair").party, 2u);
    const PlannedTree without(machine(domain(1, shm("s", "bus", mem, "isthmus,status = <0>;")) +
                                      domain(2, shm("s", "bus", mem))));
    ASSERT_TRUE(without.plan) << without.lines();
    EXPECT_EQ(without.plan->regions.size(), 1u);
    const Shown none = found_by(without, 0, "bus");
    EXPECT_EQ(none.status, 0u);
    EXPECT_EQ(none.parties, 0u);
}

TEST(StatusPages, NothingElseLiesThere) {
    const std::string at_the_page = "0 0x71000000 0 0x22100000 0 0x1000";
    const PlannedTree planned(
        machine(domain(1, shm("s", "bus", mem, "isthmus,status;") + shm("t", "pair", at_the_page)) +
                domain(2, shm("s", "bus", mem) + shm("t", "pair", mem2))));
    EXPECT_EQ(planned.rules(), "shm-id-conflict shm-guest-overlap");
    const PlannedTree free(machine(domain(1, shm("s", "bus", mem) + shm("t", "pair", at_the_page)) +
                                   domain(2, shm("s", "bus", mem))));
    EXPECT_EQ(free.rules(), "shm-lonely") << "nobody asked for a page";
}

TEST(StatusPages, ADirectMappedGuestHasItWhereTheMachineHasNothing) {
    const std::string direct = "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; ";
    const std::string at = "0 0x70000000 0 0x70000000 0 0x10000";
    const PlannedTree planned(
        machine(domain(1, direct + shm("s", "bus", at, "isthmus,status;")) +
                domain(2, shm("s", "bus", "0 0x70000000 0 0x50000000 0 0x10000"))));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const Shown found = found_by(planned, 0, "bus");
    EXPECT_EQ(found.status, 0xff'ff00'0000u + (first_page - guest_layout::gpio.start().raw()));
    EXPECT_EQ(found_by(planned, 1, "bus").status, first_page);
}

TEST(StatusPages, WithoutAPlaceItIsAFinding) {
    const std::string direct = "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>; ";
    const std::string own = "0 0x70000000 0 0x70000000 0 0x10000";
    std::string in_the_way;
    for (int i = 0; i < 70; ++i) {
        const u64 at = 0xff'ff00'0000 - static_cast<u64>(i) * 0x200'0000;
        TextBuffer<40> reg;
        print(reg, "{x} {x} 0 0x1000", at >> 32, at & 0xffff'ffff);
        in_the_way += "p" + std::to_string(i) + " { compatible = \"test\"; reg = <" +
                      std::string(reg.view()) + ">; };";
    }
    const PlannedTree planned(
        machine(domain(1, direct + shm("s", "bus", own, "isthmus,status;")) +
                    domain(2, shm("s", "bus", "0 0x70000000 0 0x50000000 0 0x10000")),
                in_the_way));
    EXPECT_EQ(planned.rules(), "dom-direct-map") << planned.lines();
}

TEST(StatusPages, AnythingButAFlagIsAFinding) {
    const auto rules_of = [](const char* property) {
        return PlannedTree(machine(domain(1, shm("s", "bus", mem, property)) +
                                   domain(2, shm("s", "bus", mem))))
            .rules();
    };
    EXPECT_EQ(rules_of("isthmus,status = <2>;"), "shm-status");
    EXPECT_EQ(rules_of("isthmus,status = \"yes\";"), "shm-status");
    EXPECT_EQ(rules_of("isthmus,status;"), "");
}

TEST(StatusPages, PlacesAreCountedByParty) {
    // Region n is shared by domain 1 and domain n + 2; those of even numbers have a page.
    std::string first;
    std::string others;
    for (int i = 0; i < 5; ++i) {
        TextBuffer<80> at;
        print(at, "0 {x} 0 {x} 0 0x1000", 0x7000'0000 + i * 0x1000, 0x6000'0000 + i * 0x1000);
        const std::string name = "s" + std::to_string(i);
        first += shm(name, name, std::string(at.view()), i % 2 == 0 ? "isthmus,status;" : "");
        others += domain(i + 2, shm(name, name, std::string(at.view())), 16);
    }
    const PlannedTree planned(machine(domain(1, first, 16) + others));
    ASSERT_TRUE(planned.plan) << planned.lines();
    EXPECT_EQ(planned.plan->regions.size(), 8u);
    EXPECT_EQ(found_by(planned, 0, "s4").status, first_page + 2 * page_size);
    EXPECT_EQ(found_by(planned, 5, "s4").status, first_page);
    EXPECT_EQ(found_by(planned, 2, "s1").status, 0u);
}

}  // namespace
}  // namespace isthmus::dom0less
