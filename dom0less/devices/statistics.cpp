// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/statistics.hpp"

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/feature_values.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/statistics_layout.hpp"

namespace isthmus::dom0less {
namespace {

static_assert(statistics::size(limits::domains + 1, limits::cpus) <=
              guest_layout::statistics.size());

u64 region_bytes(const PlanInput& input) {
    return statistics::size(input.config.domains.size(), input.host.cpus.size());
}

}  // namespace

std::optional<GuestRange> place_statistics(const PlanInput& input, const DomainConfig& domain,
                                           std::optional<GuestRange> spare, Findings& findings) {
    if (!domain.statistics) {
        return std::nullopt;
    }
    GuestAddress start = guest_layout::statistics.start();
    if (domain.direct_map && !spare) {
        findings.add(rules::direct_map, domain.path, statistics_property,
                     "the statistics have their place where the machine has nothing, but its tree "
                     "names something in all of the highest guest addresses");
        return std::nullopt;
    }
    if (domain.direct_map) {
        start = spare->start() + (start - guest_layout::gpio.start());
    }
    return GuestRange::from(start, region_bytes(input));
}

std::span<const shm::RegionDraft> with_statistics(const PlanInput& input,
                                                  std::span<const shm::RegionDraft> drafts,
                                                  std::span<const Emulation> emulations,
                                                  Arena& arena) {
    shm::RegionDraft region;
    region.role = shm::RegionPlan::Role::statistics;
    region.id = {shm::RegionPlan::Dialect::text, "Isthmus's statistics", 0};
    region.size = region_bytes(input);
    ArenaVector<shm::Member> members(arena);
    for (u32 i = 0; i < emulations.size(); ++i) {
        const DomainConfig& domain = input.config.domains[i];
        const std::span<shm::NodeConfig> node = emulations[i].statistics
                                                    ? arena.allocate<shm::NodeConfig>(1)
                                                    : std::span<shm::NodeConfig>{};
        if (node.empty()) {
            continue;
        }
        node[0].id = region.id;
        node[0].guest = emulations[i].statistics->start();
        node[0].size = region.size;
        node[0].writable = false;
        node[0].path = domain.path;
        region.path = members.empty() ? domain.path : region.path;
        members.push_back({i, domain.id, node.data()});
    }
    if (members.empty()) {
        return drafts;
    }
    region.members = members.items();
    ArenaVector<shm::RegionDraft> all(arena);
    for (const shm::RegionDraft& draft : drafts) {
        all.push_back(draft);
    }
    all.push_back(region);
    return all.items();
}

}  // namespace isthmus::dom0less
