// SPDX-License-Identifier: Apache-2.0
#include "shm/plan_region.hpp"

#include <algorithm>

namespace isthmus::shm {
namespace {

bool is_foreign(const RegionDraft& draft, const Member& member) {
    return draft.owner != member.domain;
}

bool is_shared(const RegionDraft& draft) {
    return std::ranges::any_of(draft.members, [&](const Member& member) {
        return member.domain != draft.members.front().domain;
    });
}

}  // namespace

std::span<const DomainId> parties_of(const RegionDraft& draft, Arena& arena) {
    // In tree order, so a domain's windows are neighbours.
    ArenaVector<DomainId> parties(arena);
    for (const Member& member : draft.members) {
        if (parties.empty() || parties[parties.size() - 1] != member.id) {
            parties.push_back(member.id);
        }
    }
    return parties.items();
}

RegionPlan plan_region(const RegionDraft& draft, std::span<const HostRange> host, Arena& arena) {
    RegionPlan plan;
    plan.role = draft.role;
    plan.subject = draft.subject;
    plan.dialect = draft.id.dialect;
    plan.id = draft.id.text;
    plan.id_cell = draft.id.cell;
    plan.owner = DomainId::dom_io;
    plan.size = draft.size;
    plan.host = host;
    plan.path = draft.path;
    // Members are in tree order, so borrowers come out ascending; windows of one domain are
    // neighbours.
    ArenaVector<DomainId> borrowers(arena);
    for (const Member& member : draft.members) {
        if (!is_foreign(draft, member)) {
            plan.owner = member.id;
            continue;
        }
        ++plan.references_per_page;
        if (borrowers.empty() || borrowers[borrowers.size() - 1] != member.id) {
            borrowers.push_back(member.id);
        }
    }
    plan.borrowers = borrowers.items();
    plan.parties = parties_of(draft, arena);
    plan.has_doorbells = draft.has_doorbells();
    return plan;
}

SharedViewPlan plan_view(const RegionDraft& draft, const Member& member, u32 region) {
    const NodeConfig& node = *member.node;
    return {region,
            node.guest_range(),
            node.offset.value_or(0),
            node.writable,
            !is_foreign(draft, member),
            node.clear_on_restart.value_or(node.writable && !is_shared(draft)),
            node.presentation,
            {},
            node.path};
}

mm::MappingType view_type(const SharedViewPlan& view) {
    if (view.is_owner) {
        return view.writable ? mm::MappingType::shared_rw : mm::MappingType::ram_ro;
    }
    return view.writable ? mm::MappingType::foreign_rw : mm::MappingType::foreign_ro;
}

}  // namespace isthmus::shm
