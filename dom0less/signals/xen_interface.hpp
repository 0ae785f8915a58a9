// SPDX-License-Identifier: Apache-2.0
// What of Xen's interface a domain has, and where. Internal to the room.
#pragma once

#include <optional>

#include "dom0less/plan/signals.hpp"
#include "dom0less/read/plan_input.hpp"
#include "isthmus/arena.hpp"

namespace isthmus::dom0less {

/// `ram`: of the domain, sorted; `spare`: for a direct-mapped one (spare_window.hpp).
XenPlan plan_xen_interface(const DomainConfig& domain, std::span<const ChannelEndPlan> channels,
                           std::span<const GuestRange> ram, std::optional<GuestRange> spare);

}  // namespace isthmus::dom0less
