// SPDX-License-Identifier: Apache-2.0
#include "dom0less/show/digest.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <set>

#include "tests/unit/support/full_plan.hpp"
#include "tests/unit/support/plan_changes.hpp"
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

/// Each thing in the plan is changed, one at a time: it is another digest each time, or the same
/// one where the list of fields says that it does not count.
TEST(Digest, EveryFieldOfThePlanCounts) {
    const test::FullPlan full;
    const auto trees = full.trees();
    const Digest original = digest_plan(full.plan);
    std::set<Digest> seen = {original};
    std::set<std::string_view> tried;
    usize changes = 0;
    test::each_change(full.plan, {.field = {}, .path = "plan", .trees = trees},
                      [&](const Plan& changed, const test::Change& change) {
                          ++changes;
                          const Digest digest = digest_plan(changed);
                          if (change.counts) {
                              EXPECT_TRUE(seen.insert(digest).second) << change.path;
                          } else {
                              EXPECT_EQ(digest, original) << change.path;
                          }
                          tried.insert(change.field);
                      });
    std::set<std::string_view> listed;
    test::each_field_within<Plan>([&]<class Field>(const Field& each) {
        if (!HasFields<typename Field::Value>) {  // else its own fields are tried
            listed.insert(each.full_name());
        }
    });
    EXPECT_EQ(tried, listed);
    std::cout << changes << " changes of " << tried.size() << " fields\n";
}

TEST(Digest, WhatDoesNotCountSaysWhy) {
    std::map<std::string_view, std::string_view> reasons;
    test::each_field_within<Plan>([&]<class Field>(const Field& each) {
        if (!Field::counts || Field::is_filtered) {
            reasons[each.full_name()] = each.reason;
        }
    });
    const std::map<std::string_view, std::string_view> wanted = {
        {"Plan::boot_tree", "what the plan was made of; boot loaders write into it"},
        {"Plan::host_map",
         "RAM that no guest reaches: the boot loader chooses some of where it lies"},
    };
    EXPECT_EQ(reasons, wanted);
}

/// The form is a promise: who wrote a digest down keeps it. Another form needs another first text
/// (docs/plan-digest.md), and this number changes with it.
TEST(Digest, OfOnePlanIsKnown) {
    const test::FullPlan full;
    EXPECT_EQ(digest_text(digest_plan(full.plan)).view(),
              "f2322630e21516e4b34e2d793d8832713c5e0517cab7753147305e622afe4ae4");
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
