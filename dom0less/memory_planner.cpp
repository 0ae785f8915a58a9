// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory_planner.hpp"

#include <array>

#include "dom0less/free_memory.hpp"
#include "dom0less/rules.hpp"
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
        if (!domain.has_static_mem) {
            request_domain(domain, static_cast<u32>(i), requests);
        }
    }
    for (usize i = 0; i < regions.size(); ++i) {
        const shm::RegionDraft& region = regions[i];
        if (!region.host && region.size != 0) {
            add_request(requests, {Placement::For::region, static_cast<u32>(i), region.size, 0,
                                   region.anchor()});
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
/// largest blocks first.
void place(const Request& request, FreeMemory& free, ArenaVector<Placement>& placements) {
    for (const u64 block : block_sizes) {
        if (request.size < block) {
            continue;
        }
        if (const auto whole = free.take(request.size, request.anchor, block)) {
            placements.push_back({request.user, request.index, request.position, *whole, false});
            return;
        }
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

u64 total_ram(const fdt::HostDescription& host) {
    u64 sum = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        sum += bank.range.size();
    }
    return sum;
}

/// Counts who wants how much, in tree order, so that the finding names who came too late.
class Budget {
  public:
    Budget(u64 free, u64 heap, Findings& findings)
        : free_(free), heap_(heap), usable_(free > heap ? free - heap : 0), findings_(findings) {}

    void spend(u64 size, std::string_view path) {
        if (size <= usable_ - used_) {
            used_ += size;
            return;
        }
        enough_ = false;
        findings_.add(rules::out_of_memory, path, {},
                      "{} of RAM wanted, but {} of the {} that are free are given to others and {} "
                      "are kept for the heap",
                      byte_size(size), byte_size(used_), byte_size(free_), byte_size(heap_));
    }
    bool enough() const { return enough_; }

  private:
    u64 free_;
    u64 heap_;
    u64 usable_;
    u64 used_ = 0;
    bool enough_ = true;
    Findings& findings_;
};

bool check_enough(const PlanInput& input, std::span<const shm::RegionDraft> regions, u64 free,
                  u64 heap, Findings& findings) {
    Budget budget(free, heap, findings);
    for (const DomainConfig& domain : input.config.domains) {
        if (!domain.has_static_mem) {
            budget.spend(domain.memory_bytes, domain.path);
        }
    }
    for (const shm::RegionDraft& region : regions) {
        if (!region.host) {
            budget.spend(region.size, region.path);
        }
    }
    return budget.enough();
}

}  // namespace

// What the heap has to hold: the frame table (8 bytes a page of RAM), for each domain its vCPUs and
// devices (256 KiB) and guest-map tables (at worst 8 bytes a page of what it sees, twice that to be
// safe), and 4 MiB for the hypervisor's own tables and stacks. Never less than 8 MiB or 2 % of RAM.
u64 heap_minimum(u64 ram, const SystemConfig& config, std::span<const shm::RegionDraft> regions) {
    constexpr u64 bytes_per_page = 8;
    u64 needed = 4 * MiB + ram / page_size * bytes_per_page;
    for (const DomainConfig& domain : config.domains) {
        needed += 256 * KiB + domain.memory_bytes / page_size * (2 * bytes_per_page);
    }
    for (const shm::RegionDraft& region : regions) {
        // Both factors are bounded: sizes by the guest's address space, members by a limit.
        needed += region.members.size() * (region.size / page_size) * (2 * bytes_per_page);
    }
    u64 least = ram / 50 > 8 * MiB ? ram / 50 : 8 * MiB;
    least = needed > least ? needed : least;
    return align_up(least, page_size);
}

std::span<const Placement> place_memory(const PlanInput& input,
                                        std::span<const shm::RegionDraft> regions,
                                        std::span<const HostClaim> claims, Arena& arena,
                                        Findings& findings) {
    FreeMemory free(arena);
    find_free(input, claims, free);
    ArenaVector<Request> requests(arena);
    collect_requests(input, regions, requests);
    const u64 heap = heap_minimum(total_ram(input.host), input.config, regions);
    ArenaVector<Placement> placements(arena);
    place_given(input, regions, placements);
    if (!check_enough(input, regions, free.total(), heap, findings)) {
        return {};
    }
    // Set aside first: the heap's large tables need one low piece.
    free.take_low(heap);
    for (const Request& request : requests) {
        place(request, free, placements);
    }
    return placements.items();
}

}  // namespace isthmus::dom0less
