// SPDX-License-Identifier: Apache-2.0
#include "shm/region_rules.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"
#include "shm/region_id.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::shm {
namespace {

class RegionRulesTest : public testing::Test {
  protected:
    void add(u32 domain, u64 size, Role role = Role::unspecified,
             std::optional<u64> offset = std::nullopt) {
        NodeConfig node;
        node.id = {RegionPlan::Dialect::text, "r", 0};
        node.host = HostAddress(0x50000000);
        node.guest = GuestAddress(0x60000000);
        node.size = size;
        node.role = role;
        node.offset = offset;
        node.path = "/node";
        nodes_.push_back(node);
        domains_.push_back(domain);
    }
    RegionDraft draft() {
        members_.clear();
        for (usize i = 0; i < nodes_.size(); ++i) {
            members_.push_back({domains_[i], DomainId::none, &nodes_[i]});
        }
        RegionDraft region;
        region.id = nodes_.front().id;
        region.members = members_;
        region.path = "/node";
        return region;
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    Findings findings_{arena_};
    std::vector<NodeConfig> nodes_;
    std::vector<u32> domains_;
    std::vector<Member> members_;
};

TEST_F(RegionRulesTest, TheSizeIsThatOfTheFirstWholeNode) {
    add(0, 0x1000, Role::unspecified, 0x1000);
    add(1, 0x4000);
    RegionDraft region = draft();
    settle_range(region, findings_);
    EXPECT_EQ(region.size, 0x4000u);
    EXPECT_EQ(region.host, HostAddress(0x50000000));
    EXPECT_FALSE(findings_.has_errors());
}

TEST_F(RegionRulesTest, EveryNodeThatDisagreesIsNamed) {
    add(0, 0x4000);
    add(1, 0x1000);
    add(2, 0x8000);
    RegionDraft region = draft();
    settle_range(region, findings_);
    EXPECT_EQ(findings_.errors(), 2u);
    EXPECT_EQ(
        test::to_text(findings_.items()[1]),
        "error[shm-id-conflict] /node xen,shared-mem: size 0x8000 of \"r\" is 0x4000 in /node");
}

TEST_F(RegionRulesTest, ASecondOwnerDoesNotReplaceTheFirst) {
    add(0, 0x1000, Role::owner);
    add(1, 0x1000, Role::owner);
    RegionDraft region = draft();
    settle_owner(region, true, findings_);
    EXPECT_EQ(region.owner, 0u);
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST_F(RegionRulesTest, WindowsOfOneDomainAreNotTwice) {
    add(0, 0x1000, Role::unspecified, 0);
    add(0, 0x1000, Role::unspecified, 0x1000);
    add(1, 0x2000);
    check_members(draft(), true, findings_);
    EXPECT_TRUE(findings_.items().empty());
    nodes_[1].offset.reset();
    check_members(draft(), true, findings_);
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST(RegionIdTest, IdentityIsDialectAndText) {
    const RegionId text{RegionPlan::Dialect::text, "7", 0};
    const RegionId cell{RegionPlan::Dialect::cell, "7", 7};
    EXPECT_FALSE(text == cell);
    EXPECT_TRUE(cell == cell);
}

}  // namespace
}  // namespace isthmus::shm
