// SPDX-License-Identifier: Apache-2.0
// One `xen,domain-shared-memory-v1` node, typed: one domain's wish to see a region. Nothing is
// judged across nodes here.
#pragma once

#include <optional>
#include <string_view>

#include "fdt/tree.hpp"
#include "shm/region_id.hpp"
#include "shm/region_plan.hpp"

namespace isthmus::shm {

/// Its addresses and size: the property that most findings about a region are about.
inline constexpr std::string_view range_property = "xen,shared-mem";

enum class Role : u8 { unspecified, owner, borrower };

struct NodeConfig {
    RegionId id;
    std::optional<HostAddress> host;  ///< nothing: chosen by the planner
    GuestAddress guest;
    u64 size = 0;
    Role role = Role::unspecified;
    bool writable = true;
    std::optional<u64> offset;  ///< present: this node sees a window that starts there
    Presentation presentation = Presentation::reserved;
    bool doorbell = false;    ///< `isthmus,doorbell`: the region has doorbells
    bool status = false;      ///< `isthmus,status`: the region has a status page
    bool keeps_rings = true;  ///< `isthmus,doorbell-when-off`, of rings to this guest
    /// `isthmus,on-restart`; nothing: clear where nobody else has the region.
    std::optional<bool> clear_on_restart;
    std::span<const u32> notifications;  ///< `xen,notification`: phandles of event channels
    std::string_view path;

    /// Bytes seen through this node. Both ends have been checked not to wrap.
    GuestRange guest_range() const { return *GuestRange::from(guest, size); }
};

/// Reads one node, with its parent's cells, and applies the rules that need nothing else:
/// shm-cells, shm-id-*, shm-range-*, shm-role, shm-access, shm-presentation, shm-doorbell,
/// shm-status, shm-notification, shm-on-restart, shm-offset, shm-size-zero, shm-align,
/// shm-*-overflow,
/// shm-guest-range. A wrong word (role, access, presentation) is read as its default, so that the
/// rest is judged, too; nothing when identity, addresses or offset cannot be used.
std::optional<NodeConfig> read_node(const fdt::Node& node, Arena& arena, Findings& findings);

}  // namespace isthmus::shm
