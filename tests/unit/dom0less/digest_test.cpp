// SPDX-License-Identifier: Apache-2.0
#include "dom0less/show/digest.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::machine;
using test::PlannedTree;
using test::shm;

constexpr const char* mem = "0 0x70000000 0 0x60000000 0 0x10000";

std::string digest_of(const PlannedTree& planned) {
    return std::string(digest_text(digest_plan(*planned.plan)).view());
}

std::string digest_of(const std::string& chosen, HostRange image = {}) {
    return digest_of(PlannedTree(machine(chosen), image));
}

std::string pair(const std::string& more = {}, const std::string& chosen = {}) {
    return chosen + domain(1, shm("shm", "bridge", mem, "role = \"owner\";")) +
           domain(2, shm("shm", "bridge", mem, more));
}

TEST(Digest, SameTreeSameDigest) {
    EXPECT_EQ(digest_of(pair()), digest_of(pair()));
    EXPECT_EQ(digest_of(pair()).size(), 64u);
}

TEST(Digest, WhereIsthmusLiesIsNotPartOfIt) {
    const auto image = *HostRange::from(HostAddress(0x40200000), 0x200000);
    EXPECT_EQ(digest_of(pair(), image), digest_of(pair()));
}

TEST(Digest, IsthmusInTheWayOfAGuestIsAnotherPlan) {
    const auto image = *HostRange::from(HostAddress(0x7c000000), 0x200000);
    EXPECT_NE(digest_of(pair(), image), digest_of(pair()));
}

TEST(Digest, EveryChangeIsSeen) {
    const std::set<std::string> digests = {
        digest_of(pair()),
        digest_of(pair("isthmus,access = \"ro\";")),
        digest_of(pair("isthmus,presentation = \"pmem\";")),
        digest_of(pair("", "bootargs = \"on-last-off=reset\";")),
        digest_of(pair("", "bootargs = \"log=quiet\";")),
        digest_of(pair("", "bootargs = \"conswitch=b\";")),
        digest_of(domain(1, "")),
        digest_of(domain(1, "", 128)),
        digest_of(domain(1, "", 64, 2)),
        digest_of(domain(1, "nr_spis = <64>;")),
        digest_of(domain(1, "xen,static-mem = <0 0x60000000 0 0x4000000>;")),
        digest_of(domain(2, "")),
        digest_of(""),
    };
    EXPECT_EQ(digests.size(), 13u);
}

/// One field of the plan after another is changed in a copy.
TEST(Digest, EveryFieldOfTheListsCounts) {
    const PlannedTree planned{machine(pair())};
    const Plan& plan = *planned.plan;
    std::set<Digest> digests = {digest_plan(plan)};
    std::vector<DomainPlan> domains(plan.domains.begin(), plan.domains.end());
    std::vector<shm::RegionPlan> regions(plan.regions.begin(), plan.regions.end());
    const auto add = [&] {
        Plan changed = plan;
        changed.domains = domains;
        changed.regions = regions;
        digests.insert(digest_plan(changed));
    };
    domains[0].bootargs = "other";
    add();
    domains[0].direct_map = true;
    add();
    domains[0].uart.reset();
    add();
    domains[0].ramdisk = domains[0].kernel;
    add();
    domains[0].interrupts = {};
    add();
    domains[0].views = {};
    add();
    domains[0].tree_target = {};
    add();
    regions[0].references_per_page = 7;
    add();
    regions[0].borrowers = {};
    add();
    regions[0].owner = DomainId::dom_io;
    add();
    EXPECT_EQ(digests.size(), 11u);
}

std::string findings_of(const std::string& property) {
    PlannedTree planned{machine(pair("", property))};
    check_digest(*planned.tree, digest_plan(*planned.plan), planned.arena, planned.findings);
    return planned.lines();
}

TEST(Digest, TheTreeMayNameIt) {
    const std::string right = digest_of(pair());
    EXPECT_EQ(findings_of("isthmus,plan-digest = \"" + right + "\";"), "");
    EXPECT_EQ(findings_of(""), "");
}

TEST(Digest, AnotherPlanIsRefused) {
    const std::string right = digest_of(pair());
    EXPECT_EQ(findings_of("isthmus,plan-digest = \"0123\";"),
              "error[plan-digest] /chosen isthmus,plan-digest: the plan of this tree is " + right +
                  ", not 0123: something has changed since it was signed off\n");
    EXPECT_NE(findings_of("isthmus,plan-digest;").find("not a text"), std::string::npos);
    EXPECT_NE(findings_of("isthmus,plan-digest = [01 02];").find("plan-digest"), std::string::npos);
}

}  // namespace
}  // namespace isthmus::dom0less
