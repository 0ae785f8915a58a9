// SPDX-License-Identifier: Apache-2.0
// Joining nodes to regions by their id, and the rules between the nodes of one region.
#pragma once

#include <optional>
#include <span>

#include "shm/node_config.hpp"

namespace isthmus::shm {

/// What shm needs to know of one domain, in tree order.
struct DomainNodes {
    DomainId id = DomainId::none;
    std::string_view path;
    bool direct_map = false;
    std::span<const NodeConfig> nodes;
};

/// One node, and which domain (index in tree order) it belongs to.
struct Member {
    u32 domain = 0;
    DomainId id = DomainId::none;  ///< that domain's
    const NodeConfig* node = nullptr;
};

/// A region as its nodes agree on it, before host memory is chosen.
struct RegionDraft {
    RegionPlan::Role role = RegionPlan::Role::shared;
    u32 subject = 0;  ///< RegionPlan::subject: index of a draft
    RegionId id;
    std::span<const Member> members;  ///< in tree order
    std::optional<HostAddress> host;  ///< nothing: to be chosen
    u64 size = 0;
    std::optional<u32> owner;  ///< index of the owning domain; nothing: dom_io
    std::string_view path;     ///< of the first node

    /// The guest address that host memory should be congruent to, for large blocks.
    GuestAddress anchor() const;
    /// One of its nodes asks for doorbells: all its parties then have them.
    bool has_doorbells() const;
    /// One of its nodes asks for a status page: all its parties then see it.
    bool has_status() const;
};

/// Joins the nodes of all domains. Rules: shm-id-conflict, shm-host-mixed, shm-offset,
/// shm-owner-duplicate, shm-owner-missing, shm-twice, shm-lonely, shm-limit, shm-direct-map.
/// `all_readable`: no node was left out for an error of its own; else rules that miss somebody stay
/// silent.
std::span<const RegionDraft> join_regions(std::span<const DomainNodes> domains, bool all_readable,
                                          Arena& arena, Findings& findings);

}  // namespace isthmus::shm
