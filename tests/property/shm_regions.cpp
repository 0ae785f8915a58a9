// SPDX-License-Identifier: Apache-2.0
// What holds for every set of shared-memory nodes.
#include <gtest/gtest.h>
// rapidcheck's GoogleTest header needs GoogleTest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "isthmus/finding.hpp"
#include "shm/plan_region.hpp"
#include "shm/regions.hpp"

namespace isthmus::shm {
namespace {

constexpr std::array<std::string_view, 4> ids{"a", "b", "c", "d"};

struct RandomNode {
    u32 id;
    u32 role;
    u32 host;
    u32 offset;
    u32 size;
};

NodeConfig make(const RandomNode& random) {
    NodeConfig node;
    node.id.text = ids[random.id];
    node.role = static_cast<Role>(random.role);
    if (random.host != 0) {
        node.host = HostAddress(u64{random.host} << 28);
    }
    if (random.offset != 0) {
        node.offset = (random.offset - 1) * page_size;
    }
    node.size = random.size * page_size;
    node.path = "/node";
    return node;
}

rc::Gen<RandomNode> random_node() {
    return rc::gen::construct<RandomNode>(rc::gen::inRange<u32>(0, 4),
                                          rc::gen::weightedElement<u32>({{8, 0}, {2, 2}, {1, 1}}),
                                          rc::gen::weightedElement<u32>({{8, 1}, {1, 0}, {1, 2}}),
                                          rc::gen::weightedElement<u32>({{8, 0}, {1, 1}, {1, 2}}),
                                          rc::gen::weightedElement<u32>({{8, 4}, {1, 1}, {1, 8}}));
}

RC_GTEST_PROP(RegionProperty, JoiningLosesNobodyAndRefusalsAreTold, ()) {
    const auto random = *rc::gen::resize(
        8, rc::gen::container<std::vector<std::vector<RandomNode>>>(
               rc::gen::resize(3, rc::gen::container<std::vector<RandomNode>>(random_node()))));
    std::vector<std::vector<NodeConfig>> nodes;
    std::vector<DomainNodes> domains;
    usize total = 0;
    std::set<std::string_view> named;
    for (const auto& list : random) {
        nodes.emplace_back();
        for (const RandomNode& one : list) {
            nodes.back().push_back(make(one));
            named.insert(ids[one.id]);
            ++total;
        }
    }
    for (const auto& list : nodes) {
        domains.push_back({DomainId::none, "/domain", false, list});
    }
    std::vector<std::byte> memory(1 << 20);
    Arena arena(memory);
    Findings findings(arena);
    const auto regions = join_regions(domains, true, arena, findings);
    RC_ASSERT(regions.size() == named.size());
    usize members = 0;
    for (const RegionDraft& region : regions) {
        members += region.members.size();
        RC_ASSERT(std::is_sorted(
            region.members.begin(), region.members.end(),
            [](const Member& left, const Member& right) { return left.domain < right.domain; }));
        if (findings.has_errors()) {
            continue;
        }
        for (const Member& member : region.members) {
            const NodeConfig& node = *member.node;
            RC_ASSERT(node.offset.value_or(0) + node.size <= region.size);
            RC_ASSERT(node.host == region.host);
            RC_ASSERT((node.role == Role::owner) == (region.owner == member.domain));
        }
        const RegionPlan plan = plan_region(region, {}, arena);
        RC_ASSERT(std::is_sorted(plan.borrowers.begin(), plan.borrowers.end()));
        RC_ASSERT(plan.references_per_page >= 1 + plan.borrowers.size());
    }
    RC_ASSERT(members == total);
    RC_CLASSIFY(!findings.has_errors() && total > 1, "accepted with several nodes");
}

}  // namespace
}  // namespace isthmus::shm
