// SPDX-License-Identifier: Apache-2.0
#include "shm/regions.hpp"

#include <algorithm>

#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "shm/region_rules.hpp"
#include "shm/rules.hpp"

namespace isthmus::shm {
namespace {

/// A region while its members are counted and then filled in.
struct Group {
    RegionId id;
    usize count = 0;
    std::span<Member> members;
    std::string_view path;
};

Group* find_group(ArenaVector<Group>& groups, const RegionId& id) {
    for (Group& group : groups) {
        if (group.id == id) {
            return &group;
        }
    }
    return nullptr;
}

/// First pass: which regions there are, and how many nodes each has.
void count_members(std::span<const DomainNodes> domains, ArenaVector<Group>& groups,
                   Findings& findings) {
    bool full = false;
    usize nodes = 0;
    for (const DomainNodes& domain : domains) {
        for (const NodeConfig& node : domain.nodes) {
            if (++nodes == limits::shm_nodes + 1) {
                findings.add(rules::limit, node.path, "xen,shm-id",
                             "the regions have more than {} nodes in all", limits::shm_nodes);
            }
            Group* group = find_group(groups, node.id);
            if (group != nullptr) {
                ++group->count;
            } else if (groups.size() < limits::shm_regions) {
                groups.push_back({node.id, 1, {}, node.path});
            } else if (!full) {
                findings.add(rules::limit, node.path, "xen,shm-id",
                             "more than {} regions are named", limits::shm_regions);
                full = true;
            }
        }
    }
}

void add_member(Group& group, const Member& member, Findings& findings) {
    if (group.count < group.members.size()) {
        group.members[group.count] = member;
    } else if (group.count == group.members.size()) {
        findings.add(rules::limit, member.node->path, "xen,shm-id", "\"{}\" has more than {} nodes",
                     group.id.text, group.members.size());
    }
    ++group.count;
}

/// Second pass: the members, in tree order, at most as many as the limit.
void fill_members(std::span<const DomainNodes> domains, ArenaVector<Group>& groups, Arena& arena,
                  Findings& findings) {
    for (Group& group : groups) {
        const usize kept =
            group.count < limits::shm_nodes_per_region ? group.count : limits::shm_nodes_per_region;
        group.members = arena.allocate<Member>(kept);
        group.count = 0;
    }
    for (usize i = 0; i < domains.size(); ++i) {
        for (const NodeConfig& node : domains[i].nodes) {
            if (Group* group = find_group(groups, node.id)) {
                add_member(*group, {static_cast<u32>(i), domains[i].id, &node}, findings);
            }
        }
    }
}

}  // namespace

GuestAddress RegionDraft::anchor() const {
    for (const Member& member : members) {
        if (!member.node->offset) {
            return member.node->guest;
        }
    }
    return {};
}

bool RegionDraft::has_doorbells() const {
    return std::ranges::any_of(members, [](const Member& member) { return member.node->doorbell; });
}

bool RegionDraft::has_status() const {
    return std::ranges::any_of(members, [](const Member& member) { return member.node->status; });
}

std::span<const RegionDraft> join_regions(std::span<const DomainNodes> domains, bool all_readable,
                                          Arena& arena, Findings& findings) {
    ArenaVector<Group> groups(arena);
    count_members(domains, groups, findings);
    fill_members(domains, groups, arena, findings);
    ArenaVector<RegionDraft> regions(arena);
    for (const Group& group : groups) {
        if (group.members.empty()) {
            continue;  // the arena is used up; the planner reports that
        }
        RegionDraft region;
        region.id = group.id;
        region.members = group.members;
        region.path = group.path;
        settle_range(region, findings);
        settle_owner(region, all_readable, findings);
        check_members(region, all_readable, findings);
        check_direct_map(region, domains, findings);
        regions.push_back(region);
    }
    return regions.items();
}

}  // namespace isthmus::shm
