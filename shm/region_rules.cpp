// SPDX-License-Identifier: Apache-2.0
#include "shm/region_rules.hpp"

#include "isthmus/finding.hpp"
#include "shm/rules.hpp"

namespace isthmus::shm {
namespace {

void compare_host(const NodeConfig& node, const NodeConfig& first, Findings& findings) {
    if (node.host.has_value() != first.host.has_value()) {
        findings.add_other(rules::host_mixed, node.path, range_property, first.path,
                           node.host ? "gives a host address for \"{}\", which {} leaves out"
                                     : "leaves out the host address of \"{}\", which {} gives",
                           node.id.text, first.path);
    } else if (node.host && *node.host != *first.host) {
        findings.add_other(rules::id_conflict, node.path, range_property, first.path,
                           "host address {} of \"{}\" is {} in {}", *node.host, node.id.text,
                           *first.host, first.path);
    }
}

void compare_size(const NodeConfig& node, const NodeConfig& whole, Findings& findings) {
    if (!node.offset && node.size != whole.size) {
        findings.add_other(rules::id_conflict, node.path, range_property, whole.path,
                           "size {x} of \"{}\" is {x} in {}", node.size, node.id.text, whole.size,
                           whole.path);
    }
    if (node.offset && (*node.offset > whole.size || node.size > whole.size - *node.offset)) {
        findings.add_other(rules::offset, node.path, "isthmus,offset", whole.path,
                           "window {x} with size {x} leaves \"{}\", which has size {x} in {}",
                           *node.offset, node.size, node.id.text, whole.size, whole.path);
    }
}

}  // namespace

void settle_range(RegionDraft& region, Findings& findings) {
    const NodeConfig& first = *region.members.front().node;
    const NodeConfig* whole = nullptr;
    for (const Member& member : region.members) {
        if (!member.node->offset) {
            whole = member.node;
            break;
        }
    }
    region.host = first.host;
    region.size = whole != nullptr ? whole->size : 0;
    if (whole == nullptr) {
        findings.add(rules::offset, first.path, "isthmus,offset",
                     "every node of \"{}\" is a window; one must show all of it", first.id.text);
    }
    for (const Member& member : region.members) {
        compare_host(*member.node, first, findings);
        if (whole != nullptr) {
            compare_size(*member.node, *whole, findings);
        }
    }
    if (whole != nullptr && region.host && !HostRange::from(*region.host, region.size)) {
        findings.add(rules::host_overflow, whole->path, range_property,
                     "host address {} with size {x} wraps around", *region.host, region.size);
        region.size = 0;
    }
}

void settle_owner(RegionDraft& region, bool all_readable, Findings& findings) {
    const Member* owner = nullptr;
    bool somebody_unspecified = false;
    for (const Member& member : region.members) {
        somebody_unspecified |= member.node->role == Role::unspecified;
        if (member.node->role != Role::owner) {
            continue;
        }
        if (owner != nullptr) {
            findings.add_other(rules::owner_duplicate, member.node->path, "role", owner->node->path,
                               "\"{}\" is owned by {} already", region.id.text, owner->node->path);
            continue;
        }
        owner = &member;
    }
    if (owner != nullptr) {
        region.owner = owner->domain;
    } else if (!somebody_unspecified && all_readable) {
        findings.add(
            rules::owner_missing, region.path, "role",
            "all {} nodes of \"{}\" say \"borrower\"; one must say \"owner\", or all leave "
            "it out",
            region.members.size(), region.id.text);
    }
}

void check_members(const RegionDraft& region, bool all_readable, Findings& findings) {
    bool lonely = true;
    for (usize i = 0; i < region.members.size(); ++i) {
        const Member& member = region.members[i];
        // Bytes that are said to outlast a restart are what a region of one's own is good for.
        lonely &= member.domain == region.members.front().domain &&
                  member.node->clear_on_restart.value_or(true);
        for (usize j = 0; j < i; ++j) {
            const Member& earlier = region.members[j];
            const bool windows = member.node->offset && earlier.node->offset;
            if (member.domain == earlier.domain && !windows) {
                findings.add_other(rules::twice, member.node->path, "xen,shm-id",
                                   earlier.node->path, "the domain names \"{}\" in {} already",
                                   region.id.text, earlier.node->path);
                break;
            }
        }
    }
    if (lonely && all_readable) {
        findings.add(rules::lonely, region.path, "xen,shm-id", "no other domain names \"{}\"",
                     region.id.text);
    }
}

void check_direct_map(const RegionDraft& region, std::span<const DomainNodes> domains,
                      Findings& findings) {
    for (const Member& member : region.members) {
        if (!domains[member.domain].direct_map) {
            continue;
        }
        const NodeConfig& node = *member.node;
        if (!node.host) {
            findings.add(rules::direct_map, node.path, range_property,
                         "no host address, but the domain's guest addresses are host addresses");
        } else if (node.host->raw() + node.offset.value_or(0) != node.guest.raw()) {
            findings.add(rules::direct_map, node.path, range_property,
                         "guest address {} differs from host address {x}", node.guest,
                         node.host->raw() + node.offset.value_or(0));
        }
    }
}

}  // namespace isthmus::shm
