// SPDX-License-Identifier: Apache-2.0
// Shared regions: pages to their owner, with a reference for every borrower that is to come.
#include "core/boot/steps.hpp"
#include "core/device/peer_status.hpp"
#include "core/device/statistics.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/memory/region_account.hpp"
#include "isthmus/arch/host_map.hpp"

namespace isthmus::core {
namespace {

bool is_static(const dom0less::Plan& plan, HostAddress address) {
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        if (use.range.contains(address)) {
            return use.is_static;
        }
    }
    return false;
}

/// With windows, pages of one region are borrowed differently often.
bool has_window(const dom0less::Plan& plan, u32 region) {
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const shm::SharedViewPlan& view : domain.views) {
            if (view.region == region && view.guest.size() != plan.regions[region].size) {
                return true;
            }
        }
    }
    return false;
}

Result<void> assign(const dom0less::Plan& plan, HostRange piece, DomainId owner, u64 references) {
    if (is_static(plan, piece.start())) {
        return static_pool().assign(piece, owner, references);
    }
    return mm::assign_range(frames(), piece, owner, references, false);
}

Result<void> take_for_windows(const dom0less::Plan& plan, u32 number) {
    const shm::RegionPlan& region = plan.regions[number];
    u64 offset = 0;
    for (const HostRange& piece : region.host) {
        for (mm::PageInfo& page : frames().frames(piece)) {
            const u32 borrowers = borrowing_views(number, offset);
            ISTHMUS_TRY(mm::get_page_nr(page, region.owner, borrowers));
            offset += page_size;
        }
    }
    return {};
}

Result<void> build_region(const dom0less::Plan& plan, u32 number) {
    const shm::RegionPlan& region = plan.regions[number];
    const bool windows = has_window(plan, number);
    const u64 references = windows ? 1 : region.references_per_page;
    for (const HostRange& piece : region.host) {
        ISTHMUS_TRY(assign(plan, piece, region.owner, references));
        ISTHMUS_TRY(arch::map_host(piece, arch::HostAccess::read_write));
        arch::zero_host(piece);
        arch::publish_host(piece);
        if (!region.is_system()) {
            ISTHMUS_TRY(arch::unmap_host(piece));  // what Isthmus writes stays in sight
        }
    }
    if (region.role == shm::RegionPlan::Role::status) {
        open_peer_status(region.host.front().start(), region.parties.size());
    } else if (region.role == shm::RegionPlan::Role::statistics) {
        open_statistics(plan, region);
    }
    return windows ? take_for_windows(plan, number) : Result<void>();
}

}  // namespace

Result<void> build_regions(const dom0less::Plan& plan) {
    for (u32 number = 0; number < plan.regions.size(); ++number) {
        ISTHMUS_TRY(build_region(plan, number));
    }
    return {};
}

}  // namespace isthmus::core
