// SPDX-License-Identifier: Apache-2.0
#include "core/teardown.hpp"

#include "core/machine_memory.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core {
namespace {

/// What a guest kept for itself is gone before anybody else can get the page. Static memory is
/// shown piece by piece, so that Isthmus's map holds little of it at any time; what the heap gets
/// stays in the map, as all of the heap does.
void scrub(HostRange range, bool is_static) {
    constexpr u64 piece_size = 32 * MiB;
    HostAddress next = range.start();
    while (next < range.end()) {
        const u64 left = range.end() - next;
        const HostRange piece = *HostRange::from(next, left < piece_size ? left : piece_size);
        check(arch::map_host(piece, arch::HostAccess::read_write).has_value(), "scrubbing");
        arch::zero_host(piece);
        arch::publish_host(piece);
        if (is_static) {
            check(arch::unmap_host(piece).has_value(), "scrubbing");
        }
        next = piece.end();
    }
}

void give_back_ram(DomainId id) {
    for (const dom0less::HostUsePlan& use : plan().host_map) {
        if (use.use == dom0less::HostUse::domain_ram && use.owner == id) {
            scrub(use.range, use.is_static);
            put_pages(use.range);
        }
    }
}

/// The owner's reference; what borrowers hold stays until they go.
void put_region_pages(HostRange piece) {
    for (mm::PageInfo& page : frames().frames(piece)) {
        if (mm::put_page(page)) {
            ReleasePages()(page);
        }
    }
}

void give_back_regions(DomainId id) {
    for (const shm::RegionPlan& region : plan().regions) {
        if (region.owner == id) {
            for (const HostRange& piece : region.host) {
                put_region_pages(piece);
            }
        }
    }
}

}  // namespace

void dismantle_domain(Domain& domain) {
    check(domain.state.load() == static_cast<u32>(Domain::State::stopped),
          "a domain is taken apart while it runs");
    const DomainId id = domain.plan->id;
    domain.map->clear(ReleasePages());
    free_pages(domain.map->table().root(),
               mm::order_for(domain.map->table().geometry().root_bytes()));
    give_back_ram(id);
    give_back_regions(id);
    domain.state.store(static_cast<u32>(Domain::State::dismantled));
}

}  // namespace isthmus::core
