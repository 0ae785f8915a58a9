// SPDX-License-Identifier: Apache-2.0
// Choosing host memory for what names no address: guests' RAM and shared regions.
#pragma once

#include "dom0less/memory/host_claims.hpp"

namespace isthmus::dom0less {

/// A stretch of chosen (or, with static RAM, given) host memory of a domain or a region.
struct Placement {
    enum class For : u8 { domain, region };

    For user = For::domain;
    u32 index = 0;     ///< of the domain or region, in tree order
    u64 position = 0;  ///< domain: guest address; region: offset in bytes
    HostRange host;
    bool is_static = false;  ///< the tree gave the address
};

/// The RAM that was chosen for domain number `index`: sorted, disjoint, neighbours joined.
std::span<const GuestRange> placed_ram(std::span<const Placement> placements, u32 index,
                                       Arena& arena);

/// Places everything; each user's placements come in order of position. Rules dom-out-of-memory and
/// dom-static-heap, when free RAM does not hold all of it and the heap.
std::span<const Placement> place_memory(const PlanInput& input,
                                        std::span<const shm::RegionDraft> regions,
                                        std::span<const HostClaim> claims, Arena& arena,
                                        Findings& findings);

}  // namespace isthmus::dom0less
