// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/planner.hpp"

#include <array>

#include "dom0less/memory/budget.hpp"
#include "dom0less/memory/free_memory.hpp"
#include "dom0less/memory/guest_space.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/feature_values.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

constexpr std::array<u64, 3> block_sizes{1 * GiB, 2 * MiB, page_size};

/// Something that wants `size` bytes of free RAM.
struct Request {
    Placement::For user = Placement::For::domain;
    u32 index = 0;
    u64 size = 0;
    u64 position = 0;     ///< where the placement's positions start
    GuestAddress anchor;  ///< guest address that the host address should be congruent to
    std::string_view whole_for = {};  ///< not empty: only in one piece; the path that asks for it
};

/// Largest first, so that the largest find a place in one piece; equal ones in tree order.
void add_request(ArenaVector<Request>& requests, const Request& request) {
    usize at = requests.size();
    while (at > 0 && requests[at - 1].size < request.size) {
        --at;
    }
    requests.insert(at, request);
}

void request_domain(const DomainConfig& domain, u32 index, ArenaVector<Request>& requests) {
    using namespace guest_layout;
    const u64 low = domain.memory_bytes < ram_bank0.size() ? domain.memory_bytes : ram_bank0.size();
    const u64 high = domain.memory_bytes - low;
    if (low != 0) {
        add_request(requests, {Placement::For::domain, index, low, ram_bank0.start().raw(),
                               ram_bank0.start()});
    }
    if (high != 0) {
        add_request(requests, {Placement::For::domain, index, high, ram_bank1.start().raw(),
                               ram_bank1.start()});
    }
}

void collect_requests(const PlanInput& input, std::span<const shm::RegionDraft> regions,
                      ArenaVector<Request>& requests) {
    for (usize i = 0; i < input.config.domains.size(); ++i) {
        const DomainConfig& domain = input.config.domains[i];
        if (!domain.has_static_mem && !domain.is_dom0()) {
            request_domain(domain, static_cast<u32>(i), requests);
        }
    }
    for (usize i = 0; i < regions.size(); ++i) {
        const shm::RegionDraft& region = regions[i];
        if (!region.host && region.size != 0) {
            add_request(
                requests,
                {Placement::For::region, static_cast<u32>(i), region.size, 0, region.anchor(),
                 region.role == shm::RegionPlan::Role::statistics ? region.path
                                                                  : std::string_view{}});
        }
    }
}

/// Free RAM: all of it, or the static heap where there is one, without what anybody claims.
void find_free(const PlanInput& input, std::span<const HostClaim> claims, FreeMemory& free) {
    if (input.config.has_static_heap) {
        for (const HostRange& range : input.config.static_heap) {
            free.add(range);
        }
    } else {
        for (const fdt::MemoryBank& bank : input.host.memory) {
            free.add(bank.range);
        }
    }
    for (const HostClaim& claim : claims) {
        if (claim.kind != HostClaim::Kind::static_heap) {
            free.remove(claim.range);
        }
    }
    for (const fdt::ReservedRange& reserved : input.host.reserved) {
        free.remove(reserved.range);
    }
}

/// In one piece with the largest blocks when there is such a piece, else in pieces, again with the
/// largest blocks first. Rule dom-out-of-memory: it has to be one piece, and there is none.
void place(const Request& request, FreeMemory& free, ArenaVector<Placement>& placements,
           Findings& findings) {
    for (const u64 block : block_sizes) {
        if (request.size < block) {
            continue;
        }
        if (const auto whole = free.take(request.size, request.anchor, block)) {
            placements.push_back({request.user, request.index, request.position, *whole, false});
            return;
        }
    }
    if (!request.whole_for.empty()) {
        findings.add(rules::out_of_memory, request.whole_for, statistics_property,
                     "the statistics need {} of RAM in one piece, and no free piece is as large",
                     byte_size(request.size));
        return;
    }
    u64 done = 0;
    while (done < request.size) {
        HostRange piece;
        for (const u64 block : block_sizes) {
            piece = free.take_largest(request.size - done, request.anchor + done, block);
            if (!piece.empty()) {
                break;
            }
        }
        if (piece.empty()) {
            return;  // the arena is used up; the planner reports that
        }
        placements.push_back({request.user, request.index, request.position + done, piece, false});
        done += piece.size();
    }
}

/// Dom0's RAM: its addresses are the machine's, and it has devices that know 32 bits of them. One
/// piece that lies low, else few large ones, the low ones first. Rule dom-out-of-memory: RAM that
/// is free lies past the end of a guest's addresses.
void place_dom0(const DomainConfig& domain, u32 index, FreeMemory& free,
                ArenaVector<Placement>& placements, Findings& findings) {
    u64 left = domain.memory_bytes;
    for (const u64 end : {4 * GiB, guest_layout::address_end}) {
        for (const u64 block : {2 * MiB, page_size}) {
            while (left != 0) {
                const HostRange piece = free.take_below(left, HostAddress(end), block);
                if (piece.empty()) {
                    break;
                }
                placements.push_back(
                    {Placement::For::domain, index, piece.start().raw(), piece, false});
                left -= piece.size();
            }
        }
    }
    if (left != 0) {
        findings.add(rules::out_of_memory, domain.path, {},
                     "{} of RAM wanted at the machine's own addresses, but of those that a guest "
                     "reaches, which end at {x}, {} are free",
                     byte_size(domain.memory_bytes), guest_layout::address_end,
                     byte_size(domain.memory_bytes - left));
    }
}

/// Static RAM fills bank 0, then bank 1, in the order in which the tree lists it; in a
/// direct-mapped domain each range stands where it is.
void place_static(const DomainConfig& domain, u32 index, ArenaVector<Placement>& placements) {
    using namespace guest_layout;
    if (domain.direct_map) {
        for (const HostRange& range : domain.static_mem) {
            placements.push_back({Placement::For::domain, index, range.start().raw(), range, true});
        }
        return;
    }
    u64 done = 0;
    for (HostRange range : domain.static_mem) {
        while (!range.empty()) {
            const bool low = done < ram_bank0.size();
            const u64 room = low ? ram_bank0.size() - done : range.size();
            const u64 size = range.size() < room ? range.size() : room;
            const u64 guest = low ? ram_bank0.start().raw() + done
                                  : ram_bank1.start().raw() + (done - ram_bank0.size());
            const HostRange part = *HostRange::from(range.start(), size);
            placements.push_back({Placement::For::domain, index, guest, part, true});
            range = *HostRange::between(part.end(), range.end());
            done += size;
        }
    }
}

void place_given(const PlanInput& input, std::span<const shm::RegionDraft> regions,
                 ArenaVector<Placement>& placements) {
    for (usize i = 0; i < input.config.domains.size(); ++i) {
        place_static(input.config.domains[i], static_cast<u32>(i), placements);
    }
    for (usize i = 0; i < regions.size(); ++i) {
        if (regions[i].host && regions[i].size != 0) {
            const HostRange range = *HostRange::from(*regions[i].host, regions[i].size);
            placements.push_back({Placement::For::region, static_cast<u32>(i), 0, range, true});
        }
    }
}

/// Rules dom-static-heap, dom-out-of-memory: the heap needs one piece that holds its largest
/// objects, and all of its share.
void check_heap(const PlanInput& input, const MemoryBudget& budget, u64 free, HostRange piece,
                Findings& findings) {
    const bool is_static = input.config.has_static_heap;
    const Rule& rule = is_static ? rules::static_heap : rules::out_of_memory;
    const std::string_view property = is_static ? "xen,static-heap" : "";
    if (free < budget.heap()) {
        findings.add(rule, "/chosen", property,
                     "{} of RAM are free, but the heap needs {} for what is planned",
                     byte_size(free), byte_size(budget.heap()));
    } else if (piece.size() < budget.heap_piece()) {
        findings.add(rule, "/chosen", property,
                     "the largest piece of free RAM has {}, but the heap needs {} in one piece",
                     byte_size(piece.size()), byte_size(budget.heap_piece()));
    }
}

}  // namespace

std::span<const GuestRange> placed_ram(std::span<const Placement> placements, u32 index,
                                       Arena& arena) {
    ArenaVector<GuestRange> ram(arena);
    for (const Placement& placement : placements) {
        if (placement.user != Placement::For::domain || placement.index != index) {
            continue;
        }
        const GuestRange range =
            *GuestRange::from(GuestAddress(placement.position), placement.host.size());
        usize at = ram.size();
        while (at > 0 && range.start() < ram[at - 1].start()) {
            --at;
        }
        ram.insert(at, range);
    }
    return joined(ram.items());
}

std::span<const Placement> place_memory(const PlanInput& input,
                                        std::span<const shm::RegionDraft> regions,
                                        std::span<const HostClaim> claims, Arena& arena,
                                        Findings& findings) {
    FreeMemory free(arena);
    find_free(input, claims, free);
    ArenaVector<Request> requests(arena);
    collect_requests(input, regions, requests);
    const MemoryBudget budget(input, regions, claims.size());
    ArenaVector<Placement> placements(arena);
    place_given(input, regions, placements);
    const bool heap_is_known = !input.config.has_static_heap || !input.config.static_heap.empty();
    const u64 all = free.total();
    if (!heap_is_known || !check_enough(input, regions, budget, all, findings)) {
        return {};
    }
    // Set aside first: the heap's large tables need one low piece.
    check_heap(input, budget, all, free.take_low(budget.heap()), findings);
    for (u32 i = 0; i < input.config.domains.size(); ++i) {
        if (input.config.domains[i].is_dom0()) {
            place_dom0(input.config.domains[i], i, free, placements, findings);
        }
    }
    for (const Request& request : requests) {
        place(request, free, placements, findings);
    }
    return placements.items();
}

}  // namespace isthmus::dom0less
