// SPDX-License-Identifier: Apache-2.0
// What holds for the signals of every plan: a doorbell leads to a party of the same region and
// back, interrupts are nobody else's, Xen's console is a page of the guest's RAM where nothing else
// lies.
#pragma once

#include <rapidcheck.h>

#include <set>

#include "dom0less/plan/plan.hpp"

namespace isthmus::dom0less {

inline void check_doorbells(const Plan& plan, const DomainPlan& domain) {
    std::set<u32> devices;
    std::map<u32, u32> of_region;
    for (const EmulatedDevicePlan& device : domain.emulated) {
        devices.insert(device.interrupts.begin(), device.interrupts.end());
    }
    for (u32 i = 0; i < domain.doorbells.size(); ++i) {
        const DoorbellPlan& bell = domain.doorbells[i];
        const DomainPlan* peer = find_domain(plan, bell.peer);
        RC_ASSERT(peer != nullptr && peer != &domain && bell.peer_bell < peer->doorbells.size());
        const DoorbellPlan& back = peer->doorbells[bell.peer_bell];
        RC_ASSERT(back.peer == domain.id && back.peer_bell == i && back.region == bell.region);
        RC_ASSERT(plan.regions[bell.region].has_doorbells);
        RC_ASSERT(bell.intid >= 44 && bell.intid < 32 + domain.gic.spis);
        RC_ASSERT(!devices.contains(bell.intid));
        RC_ASSERT(of_region.emplace(bell.region, bell.intid).first->second == bell.intid);
    }
    std::set<u32> interrupts;
    for (const auto& [region, intid] : of_region) {
        RC_ASSERT(interrupts.insert(intid).second);
    }
}

/// A region of Isthmus's is nobody's, and nobody's to write; each region has one status page or
/// none.
inline void check_system_regions(const Plan& plan) {
    std::set<u32> subjects;
    for (u32 i = 0; i < plan.regions.size(); ++i) {
        const shm::RegionPlan& region = plan.regions[i];
        if (!region.is_system()) {
            continue;
        }
        RC_ASSERT(region.owner == DomainId::dom_io && region.host.size() == 1);
        RC_ASSERT(region.has_subject() && region.size == page_size);
        RC_ASSERT(!plan.regions[region.subject].is_system());
        RC_ASSERT(std::ranges::equal(region.parties, plan.regions[region.subject].parties));
        RC_ASSERT(subjects.insert(region.subject).second);
        for (const DomainPlan& domain : plan.domains) {
            for (const MappingPlan& mapping : domain.mappings) {
                RC_ASSERT(mapping.region != i || mapping.type == mm::MappingType::foreign_ro);
            }
        }
    }
}

inline void check_console(const DomainPlan& domain) {
    const GuestRange page = domain.xen.console;
    RC_ASSERT(page.empty() == (domain.xen.interface != XenInterface::node));
    if (page.empty()) {
        return;
    }
    RC_ASSERT(page.size() == page_size && domain.xen.console_port != 0);
    RC_ASSERT(!page.overlaps(domain.kernel_window) && !page.overlaps(domain.tree_target) &&
              !page.overlaps(domain.ramdisk_target));
    RC_ASSERT(std::ranges::any_of(domain.mappings, [&](const MappingPlan& mapping) {
        return is_private_ram(mapping) && mapping.guest.contains(page);
    }));
    RC_ASSERT(std::ranges::none_of(domain.mappings, [&](const MappingPlan& mapping) {
        return mapping.guest.overlaps(domain.xen.grants);
    }));
}

}  // namespace isthmus::dom0less
