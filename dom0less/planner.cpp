// SPDX-License-Identifier: Apache-2.0
#include "dom0less/planner.hpp"

#include "dom0less/cpus/placement.hpp"
#include "dom0less/cpus/pools.hpp"
#include "dom0less/devices/emulation.hpp"
#include "dom0less/devices/kept_ranges.hpp"
#include "dom0less/devices/planner.hpp"
#include "dom0less/devices/statistics.hpp"
#include "dom0less/devices/status_pages.hpp"
#include "dom0less/memory/direct_map_rules.hpp"
#include "dom0less/memory/heap_need.hpp"
#include "dom0less/memory/host_claims.hpp"
#include "dom0less/memory/host_map.hpp"
#include "dom0less/memory/planner.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/plan_domain.hpp"
#include "dom0less/plan_health.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "dom0less/tree/shared.hpp"
#include "isthmus/finding.hpp"
#include "shm/plan_region.hpp"

namespace isthmus::dom0less {
namespace {

std::span<const shm::RegionDraft> join_regions(const PlanInput& input, Arena& arena,
                                               Findings& findings) {
    ArenaVector<shm::DomainNodes> domains(arena);
    for (const DomainConfig& domain : input.config.domains) {
        domains.push_back({domain.id, domain.path, domain.direct_map, domain.shared});
    }
    return shm::join_regions(domains.items(), input.config.all_shared_readable, arena, findings);
}

/// The rules of each guest's own address space, and where its images go.
std::span<ImageLayout> lay_out_guests(const PlanInput& input, std::span<const Emulation> emulations,
                                      Arena& arena, Findings& findings) {
    const auto& domains = input.config.domains;
    const std::span<ImageLayout> layouts = arena.allocate<ImageLayout>(domains.size());
    for (usize i = 0; i < layouts.size(); ++i) {
        const DomainConfig& domain = domains[i];
        shm::check_guest_overlaps(domain.path, domain.shared,
                                  guest_uses(domain, emulations[i], arena), findings);
        check_direct_map(domain, input.host, emulations[i], arena, findings);
        const auto ram = without_console(guest_ram(domain, arena), emulations[i].xen, arena);
        if (domain.memory_bytes != 0 && !ram.empty()) {
            layouts[i] = plan_images(domain, ram, findings);
        }
    }
    return layouts;
}

/// Dom0's, once its RAM has been chosen.
void lay_out_dom0(const PlanInput& input, std::span<const Emulation> emulations,
                  std::span<const Placement> placements, std::span<ImageLayout> layouts,
                  Arena& arena, Findings& findings) {
    for (usize i = 0; i < layouts.size(); ++i) {
        const DomainConfig& domain = input.config.domains[i];
        if (!domain.is_dom0()) {
            continue;  // static RAM that was named may not even fit a guest's addresses
        }
        const auto ram = placed_ram(placements, static_cast<u32>(i), arena);
        if (!ram.empty()) {
            layouts[i] = plan_images(domain, ram, findings);
            check_chosen_ram(domain, input.host, emulations[i], ram, arena, findings);
        }
    }
}

std::span<const shm::RegionPlan> plan_regions(std::span<const shm::RegionDraft> drafts,
                                              std::span<const Placement> placements, Arena& arena) {
    ArenaVector<shm::RegionPlan> regions(arena);
    for (usize i = 0; i < drafts.size(); ++i) {
        ArenaVector<HostRange> host(arena);
        for (const Placement& placement : placements) {
            if (placement.user == Placement::For::region && placement.index == i) {
                host.push_back(placement.host);
            }
        }
        regions.push_back(shm::plan_region(drafts[i], host.items(), arena));
    }
    return regions.items();
}

/// An arena that was used up has dropped something somewhere: nothing made from it may be believed.
void check_arena(const Arena& arena, Findings& findings) {
    if (arena.exhausted()) {
        findings.add(rules::limit, "/chosen", {},
                     "the tree describes more than {} hold, which this build plans with",
                     byte_size(arena.capacity()));
    }
}

/// What a guest's own tree has no room for (guest_tree.hpp), though the plan has.
void check_guest_trees(const Plan& plan, Findings& findings) {
    constexpr u64 for_dom0s_own = 256 * KiB;  // its regions, RAM and CPUs
    for (const DomainPlan& domain : plan.domains) {
        usize entries = domain.views.size();
        for (const MappingPlan& mapping : domain.mappings) {
            entries += is_private_ram(mapping) ? 1u : 0u;
        }
        if (entries > most_memory_entries) {
            findings.add(rules::limit, domain.path, {},
                         "its RAM and its regions are {} ranges, more than the {} its tree holds",
                         entries, most_memory_entries);
        }
        if (domain.is_dom0() && plan.boot_tree != nullptr &&
            plan.boot_tree->total_size() > guest_tree_bytes - for_dom0s_own) {
            findings.add(rules::limit, domain.path, {},
                         "its tree is made from the boot tree, whose {} are more than {}",
                         byte_size(plan.boot_tree->total_size()),
                         byte_size(guest_tree_bytes - for_dom0s_own));
        }
    }
}

/// What has been decided by the time that the plan is put together.
struct Decisions {
    std::span<const shm::RegionDraft> drafts;
    std::span<const HostClaim> claims;
    std::span<const Placement> placements;
    std::span<const ImageLayout> images;
    PoolPlacement pools;
    std::span<const u32> cpus;  ///< of all vCPUs, in the order of the domains
    DeviceShares shares;
    std::span<const Emulation> emulations;
};

Plan build(const PlanInput& input, const Decisions& made, Arena& arena) {
    Plan plan;
    plan.options = input.options;
    plan.boot_tree = input.config.tree;
    plan.not_for_dom0 = made.shares.not_for_dom0;
    plan.regions = plan_regions(made.drafts, made.placements, arena);
    if (arena.exhausted()) {
        return plan;  // reported by the caller; what follows needs every region
    }
    const Settled settled{made.drafts, plan.regions, made.placements, made.shares.of_domain,
                          made.emulations};
    ArenaVector<DomainPlan> domains(arena);
    std::span<const u32> cpus = made.cpus;
    for (u32 i = 0; i < made.images.size(); ++i) {
        const u32 count = input.config.domains[i].cpus;
        DomainPlan domain =
            plan_domain(input, settled, i, made.images[i], cpus.first(count), arena);
        domain.pool = made.pools.of_domain[i];
        domains.push_back(domain);
        cpus = cpus.subspan(count);
    }
    plan.domains = domains.items();
    plan.pools = made.pools.pools;
    plan.host_map = make_host_map(input, made.claims, made.placements, plan.regions, arena);
    return plan;
}

}  // namespace

std::optional<Plan> make_plan(const PlanInput& input, Arena& arena, Findings& findings) {
    const auto joined_regions = join_regions(input, arena, findings);
    const auto emulations = plan_emulation(input, joined_regions, device_kinds(), arena, findings);
    if (arena.exhausted()) {
        check_arena(arena, findings);
        return std::nullopt;  // what follows needs one for each domain
    }
    check_health(input.config, findings);
    const auto drafts = with_statistics(input, with_status_pages(joined_regions, emulations, arena),
                                        emulations, arena);
    const auto images = lay_out_guests(input, emulations, arena, findings);
    check_machine_registers(input, findings);
    const auto claims = collect_claims(input, drafts, arena);
    check_claim_overlaps(claims, findings);
    check_claims_in_ram(claims, input.host, findings);
    check_claims_memreserve(claims, input.host, findings);
    const auto cpu_pools = plan_pools(input, arena, findings);
    const PoolPlacement pools{cpu_pools, choose_pools(input, cpu_pools, arena, findings)};
    const auto cpus = place_vcpus(input, pools, arena, findings);
    const auto shares = plan_devices(input, emulations, arena, findings);
    std::span<const Placement> placements;
    if (!input.host.memory.empty()) {
        placements = place_memory(input, drafts, claims, arena, findings);
        lay_out_dom0(input, emulations, placements, images, arena, findings);
    }
    check_arena(arena, findings);
    if (findings.has_errors()) {
        return std::nullopt;
    }
    const Plan plan =
        build(input, {drafts, claims, placements, images, pools, cpus, shares, emulations}, arena);
    check_arena(arena, findings);
    if (!findings.has_errors()) {
        check_guest_trees(plan, findings);
        check_heap_holds(plan, input.host, findings);
    }
    return findings.has_errors() ? std::nullopt : std::optional(plan);
}

bool chooses_caching(const DomainPlan& domain) {
    for (const DevicePlan& device : domain.devices) {
        if (!device.is_coherent) {
            return true;
        }
    }
    for (const MappingPlan& mapping : domain.mappings) {
        if (mapping.type == mm::MappingType::reserved_rw) {
            return true;
        }
    }
    return false;
}

bool guests_choose_caching(const Plan& plan) {
    for (const DomainPlan& domain : plan.domains) {
        if (chooses_caching(domain)) {
            return true;
        }
    }
    return false;
}

const DomainPlan* find_domain(const Plan& plan, DomainId id) {
    for (const DomainPlan& domain : plan.domains) {
        if (domain.id == id) {
            return &domain;
        }
    }
    return nullptr;
}

}  // namespace isthmus::dom0less
