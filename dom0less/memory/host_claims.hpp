// SPDX-License-Identifier: Apache-2.0
// Who asks for which host memory by address, and the rules between them.
#pragma once

#include <span>

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"
#include "shm/regions.hpp"

namespace isthmus::dom0less {

struct HostClaim {
    /// In the order in which a finding is laid at somebody's door: the later kind is named.
    enum class Kind : u8 {
        image,
        boot_tree,
        arena,
        reserved,
        static_heap,
        module,
        static_mem,
        shared
    };

    HostRange range;
    Kind kind = Kind::image;
    u32 index = 0;          ///< static_mem: domain, shared: region, both in tree order
    u32 order = 0;          ///< the later of two of one kind is named
    std::string_view path;  ///< empty for image, boot tree and arena
};

/// All claims, sorted by address. A bare /memreserve/ entry is none: boot loaders add them over
/// what they loaded.
std::span<const HostClaim> collect_claims(const PlanInput& input,
                                          std::span<const shm::RegionDraft> regions, Arena& arena);

/// Rules shm-host-overlap, shm-alias, dom-static-mem-overlap, dom-module-overlap, dom-static-heap.
/// Two domains may name exactly the same module: it is only read.
void check_claim_overlaps(std::span<const HostClaim> claims, Findings& findings);

/// Rules shm-host-not-ram, dom-static-mem-range, dom-static-heap. Modules are in RAM: reading has
/// seen to that.
void check_claims_in_ram(std::span<const HostClaim> claims, const fdt::HostDescription& host,
                         Findings& findings);

/// Rules shm-host-memreserve, dom-static-mem-memreserve (warnings): a bare /memreserve/ entry lies
/// where the tree puts a region or a domain's RAM. The claim stands.
void check_claims_memreserve(std::span<const HostClaim> claims, const fdt::HostDescription& host,
                             Findings& findings);

}  // namespace isthmus::dom0less
