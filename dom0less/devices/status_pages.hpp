// SPDX-License-Identifier: Apache-2.0
// Status pages: of each region that asks for one, a page in which its parties read what has become
// of each of them (docs/supervision.md). A region of its own, that dom_io owns and Isthmus writes.
// Internal to the room.
#pragma once

#include "dom0less/memory/guest_space.hpp"
#include "dom0less/read/plan_input.hpp"
#include "isthmus/arena.hpp"
#include "shm/regions.hpp"

namespace isthmus::dom0less {

/// Of how many regions domain number `domain` sees the status.
usize count_status_pages(u32 domain, std::span<const shm::RegionDraft> drafts);

/// Places for so many in the guest's layout; in a direct-mapped guest in `spare`. Rule
/// dom-direct-map: there is no place; then none has one.
std::span<const GuestRange> place_status_pages(const DomainConfig& domain, usize count,
                                               std::optional<GuestRange> spare, Arena& arena,
                                               Findings& findings);

/// `drafts`, and behind them the status pages of those that ask for one, each party's where its
/// emulation says.
std::span<const shm::RegionDraft> with_status_pages(std::span<const shm::RegionDraft> drafts,
                                                    std::span<const Emulation> emulations,
                                                    Arena& arena);

}  // namespace isthmus::dom0less
