// SPDX-License-Identifier: Apache-2.0
#include "shm/regions.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "shm/guest_rules.hpp"
#include "shm/plan_region.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::shm {
namespace {

NodeConfig node(std::string_view id, std::optional<u64> host, u64 guest, u64 size) {
    NodeConfig config;
    config.id.text = id;
    if (host) {
        config.host = HostAddress(*host);
    }
    config.guest = GuestAddress(guest);
    config.size = size;
    config.path = "/node";
    return config;
}

NodeConfig with_role(NodeConfig config, Role role) {
    config.role = role;
    return config;
}

NodeConfig window(NodeConfig config, u64 offset) {
    config.offset = offset;
    return config;
}

/// Of the domain with this index in tree order.
DomainId id_of(usize index) {
    return static_cast<DomainId>(static_cast<usize>(DomainId::first_guest) + index);
}

/// Domains' nodes, joined.
class Joined {
  public:
    explicit Joined(std::vector<std::vector<NodeConfig>> domains, bool all_readable = true,
                    bool direct_map = false)
        : nodes_(std::move(domains)), memory_(1 << 22), arena(memory_), findings(arena) {
        for (const auto& list : nodes_) {
            domains_.push_back({id_of(domains_.size()), "/domain", direct_map, list});
        }
        regions = join_regions(domains_, all_readable, arena, findings);
    }
    std::string rules() const {
        std::string text;
        for (const Finding& finding : findings.items()) {
            text += (text.empty() ? "" : " ") + std::string(finding.rule->name);
        }
        return text;
    }

  private:
    std::vector<std::vector<NodeConfig>> nodes_;
    std::vector<DomainNodes> domains_;
    std::vector<std::byte> memory_;

  public:
    Arena arena;
    Findings findings;
    std::span<const RegionDraft> regions;
};

const NodeConfig a = node("a", 0x50000000, 0x60000000, 0x4000);

TEST(JoinRegions, NodesOfOneIdAreOneRegion) {
    const NodeConfig b = node("b", std::nullopt, 0x70000000, 0x1000);
    const Joined joined({{a, b}, {b}, {a}});
    EXPECT_EQ(joined.rules(), "");
    ASSERT_EQ(joined.regions.size(), 2u);
    EXPECT_EQ(joined.regions[0].id.text, "a");
    EXPECT_EQ(joined.regions[0].size, 0x4000u);
    ASSERT_EQ(joined.regions[0].members.size(), 2u);
    EXPECT_EQ(joined.regions[0].members[1].domain, 2u);
    EXPECT_FALSE(joined.regions[0].owner);
    EXPECT_FALSE(joined.regions[1].host);
    EXPECT_EQ(joined.regions[1].anchor(), GuestAddress(0x70000000));
}

TEST(JoinRegions, DialectsAreDifferentIdentities) {
    NodeConfig cell = a;
    cell.id = {RegionPlan::Dialect::cell, "7", 7};
    NodeConfig text = a;
    text.id.text = "7";
    EXPECT_EQ(Joined({{cell}, {text}}).regions.size(), 2u);
}

TEST(JoinRegions, TheOwnerMayComeLast) {
    const Joined joined({{a}, {with_role(a, Role::borrower)}, {with_role(a, Role::owner)}});
    EXPECT_EQ(joined.rules(), "");
    EXPECT_EQ(joined.regions[0].owner, 2u);
}

TEST(JoinRegions, OwnerRules) {
    EXPECT_EQ(Joined({{with_role(a, Role::owner)}, {with_role(a, Role::owner)}}).rules(),
              "shm-owner-duplicate");
    EXPECT_EQ(Joined({{with_role(a, Role::borrower)}, {with_role(a, Role::borrower)}}).rules(),
              "shm-owner-missing");
    EXPECT_EQ(Joined({{with_role(a, Role::borrower)}, {a}}).rules(), "");
    // The owner's node may be the one that could not be read.
    EXPECT_EQ(Joined({{with_role(a, Role::borrower)}}, false).rules(), "");
}

TEST(JoinRegions, ConflictsNameTheOtherNode) {
    const NodeConfig elsewhere = node("a", 0x58000000, 0x60000000, 0x4000);
    const NodeConfig larger = node("a", 0x50000000, 0x60000000, 0x8000);
    const NodeConfig nowhere = node("a", std::nullopt, 0x60000000, 0x4000);
    EXPECT_EQ(Joined({{a}, {elsewhere}}).rules(), "shm-id-conflict");
    EXPECT_EQ(Joined({{a}, {larger}}).rules(), "shm-id-conflict");
    EXPECT_EQ(Joined({{a}, {nowhere}}).rules(), "shm-host-mixed");
    EXPECT_EQ(Joined({{nowhere}, {a}}).rules(), "shm-host-mixed");
    EXPECT_EQ(Joined({{a}, {elsewhere}}).findings.items()[0].other_path, "/node");
}

TEST(JoinRegions, Windows) {
    const NodeConfig low = window(node("a", 0x50000000, 0x60000000, 0x1000), 0);
    const NodeConfig high = window(node("a", 0x50000000, 0x61000000, 0x1000), 0x3000);
    const NodeConfig beyond = window(node("a", 0x50000000, 0x62000000, 0x2000), 0x3000);
    const NodeConfig outside = window(node("a", 0x50000000, 0x63000000, 0x1000), ~u64{0xfff});
    EXPECT_EQ(Joined({{low}, {a}}).regions[0].size, 0x4000u);
    EXPECT_EQ(Joined({{a}, {low, high}}).rules(), "");
    EXPECT_EQ(Joined({{a}, {beyond}}).rules(), "shm-offset");
    EXPECT_EQ(Joined({{a}, {outside}}).rules(), "shm-offset");
    EXPECT_EQ(Joined({{low}, {high}}).rules(), "shm-offset");
}

TEST(JoinRegions, TwiceAndLonely) {
    EXPECT_EQ(Joined({{a, a}, {a}}).rules(), "shm-twice");
    EXPECT_EQ(Joined({{a, window(a, 0)}, {a}}).rules(), "shm-twice");
    const Joined lonely({{a}});
    EXPECT_EQ(lonely.rules(), "shm-lonely");
    EXPECT_FALSE(lonely.findings.has_errors());
    NodeConfig kept = a;
    kept.clear_on_restart = false;
    EXPECT_EQ(Joined({{kept}}).rules(), "") << "it is to outlast its only party";
    kept.clear_on_restart = true;
    EXPECT_EQ(Joined({{kept}}).rules(), "shm-lonely");
}

TEST(JoinRegions, DirectMap) {
    const NodeConfig same = node("a", 0x50000000, 0x50000000, 0x4000);
    const NodeConfig none = node("a", std::nullopt, 0x50000000, 0x4000);
    EXPECT_EQ(Joined({{same}, {same}}, true, true).rules(), "");
    EXPECT_EQ(Joined({{a}, {same}}, true, true).rules(), "shm-direct-map");
    EXPECT_EQ(Joined({{none}, {none}}, true, true).rules(), "shm-direct-map shm-direct-map");
    const NodeConfig shifted = window(node("a", 0x50000000, 0x50001000, 0x1000), 0x1000);
    EXPECT_EQ(Joined({{same}, {shifted}}, true, true).rules(), "");
}

TEST(JoinRegions, AWholeThatWrapsIsRefused) {
    const NodeConfig top = node("a", ~u64{0} - 0x1fff, 0x60000000, 0x4000);
    const NodeConfig part = window(node("a", ~u64{0} - 0x1fff, 0x60000000, 0x1000), 0);
    EXPECT_EQ(Joined({{part}, {top}}).rules(), "shm-host-overflow");
}

TEST(JoinRegions, Limits) {
    std::vector<std::vector<NodeConfig>> many(limits::shm_nodes_per_region + 2, {a});
    const Joined nodes(many);
    EXPECT_EQ(nodes.rules(), "shm-limit");
    EXPECT_EQ(nodes.regions[0].members.size(), limits::shm_nodes_per_region);
    std::vector<std::string> names;
    std::vector<NodeConfig> list;
    for (usize i = 0; i < limits::shm_regions + 2; ++i) {
        names.push_back("r" + std::to_string(i));
    }
    for (const std::string& name : names) {
        list.push_back(node(name, std::nullopt, 0x60000000, 0x1000));
    }
    const Joined regions({list, list});
    EXPECT_EQ(regions.rules(), "shm-limit");
    EXPECT_EQ(regions.regions.size(), limits::shm_regions);
}

TEST(PlanRegion, ReferencesAreOneAndOneForEachForeignView) {
    std::vector<std::byte> memory(1 << 16);
    Arena arena(memory);
    const Joined owned({{with_role(a, Role::owner)}, {a}, {a}});
    const HostRange host = *HostRange::from(HostAddress(0x50000000), 0x4000);
    const RegionPlan plan = plan_region(owned.regions[0], {&host, 1}, arena);
    EXPECT_EQ(plan.owner, id_of(0));
    EXPECT_EQ(plan.references_per_page, 3u);
    ASSERT_EQ(plan.borrowers.size(), 2u);
    EXPECT_EQ(plan.borrowers[0], id_of(1));
    const Joined system({{a}, {a}});
    const RegionPlan dom_io = plan_region(system.regions[0], {&host, 1}, arena);
    EXPECT_EQ(dom_io.owner, DomainId::dom_io);
    EXPECT_EQ(dom_io.references_per_page, 3u);
}

TEST(PlanRegion, ViewsSayWhatTheGuestMapHolds) {
    NodeConfig read_only = a;
    read_only.writable = false;
    const Joined joined({{with_role(a, Role::owner)}, {a}, {read_only}});
    const auto type = [&](usize i) {
        return view_type(plan_view(joined.regions[0], joined.regions[0].members[i], 0));
    };
    EXPECT_EQ(type(0), mm::MappingType::shared_rw);
    EXPECT_EQ(type(1), mm::MappingType::foreign_rw);
    EXPECT_EQ(type(2), mm::MappingType::foreign_ro);
    const Joined owner_reads({{with_role(read_only, Role::owner)}, {a}});
    EXPECT_EQ(view_type(plan_view(owner_reads.regions[0], owner_reads.regions[0].members[0], 0)),
              mm::MappingType::ram_ro);
}

/// What nobody else has begins anew; what others have stays, where the tree does not say otherwise.
TEST(PlanRegion, WhatARestartClears) {
    const auto clears = [](const Joined& joined) {
        const RegionDraft& draft = joined.regions[0];
        return plan_view(draft, draft.members[0], 0).clear_on_restart;
    };
    NodeConfig said = a;
    EXPECT_FALSE(clears(Joined({{said}, {a}})));
    EXPECT_TRUE(clears(Joined({{said}})));
    said.writable = false;
    EXPECT_FALSE(clears(Joined({{said}}))) << "it can only be read";
    said = a;
    said.clear_on_restart = true;
    EXPECT_TRUE(clears(Joined({{said}, {a}})));
    said.clear_on_restart = false;
    EXPECT_FALSE(clears(Joined({{said}})));
}

TEST(GuestOverlaps, AgainstUsesAndEachOther) {
    std::vector<std::byte> memory(1 << 16);
    Arena arena(memory);
    Findings findings(arena);
    const std::vector<NodeConfig> nodes{node("a", std::nullopt, 0x60000000, 0x2000),
                                        node("b", std::nullopt, 0x60001000, 0x1000),
                                        node("c", std::nullopt, 0x40000000, 0x1000)};
    const std::vector<GuestUse> uses{
        {*GuestRange::from(GuestAddress(0x40000000), 0x100000), "RAM"},
        {*GuestRange::from(GuestAddress(0x60002000), 0x1000), "the UART"}};
    check_guest_overlaps("/domain", nodes, uses, findings);
    ASSERT_EQ(findings.errors(), 2u);
    EXPECT_EQ(test::to_text(findings.items()[0]),
              "error[shm-guest-overlap] /node xen,shared-mem: guest 0x60001000-0x60002000 overlaps "
              "guest 0x60000000-0x60002000 of /node");
    EXPECT_EQ(test::to_text(findings.items()[1]),
              "error[shm-guest-overlap] /node xen,shared-mem: guest 0x40000000-0x40001000 overlaps "
              "RAM 0x40000000-0x40100000 of /domain");
}

}  // namespace
}  // namespace isthmus::shm
