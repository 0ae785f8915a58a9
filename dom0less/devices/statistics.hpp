// SPDX-License-Identifier: Apache-2.0
// The statistics region (docs/statistics.md): counters of all domains and trace events, which
// Isthmus writes and chosen domains read. A region that dom_io owns. Internal to the room.
#pragma once

#include <optional>

#include "dom0less/memory/guest_space.hpp"
#include "dom0less/read/plan_input.hpp"
#include "isthmus/arena.hpp"
#include "shm/regions.hpp"

namespace isthmus::dom0less {

/// Its place in the guest's layout, or in `spare` where the guest is direct-mapped; nothing: the
/// domain does not borrow it. Rule dom-direct-map: there is no place.
std::optional<GuestRange> place_statistics(const PlanInput& input, const DomainConfig& domain,
                                           std::optional<GuestRange> spare, Findings& findings);

/// `drafts`, and behind them the statistics region if some domain borrows it.
std::span<const shm::RegionDraft> with_statistics(const PlanInput& input,
                                                  std::span<const shm::RegionDraft> drafts,
                                                  std::span<const Emulation> emulations,
                                                  Arena& arena);

}  // namespace isthmus::dom0less
