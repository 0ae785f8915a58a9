// SPDX-License-Identifier: Apache-2.0
// What holds for the memory in which a tree is planned.
#pragma once

#include <rapidcheck.h>

#include <algorithm>

#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {

/// The use of a host address, from the map.
inline const HostUsePlan& use_at(const test::PlannedTree& planned, HostAddress address) {
    for (const HostUsePlan& entry : planned.plan->host_map) {
        if (entry.range.contains(address)) {
            return entry;
        }
    }
    RC_FAIL("an address outside of the host map");
}

/// The walk that finds the arena sees no less than the readers do: it is RAM that nobody names.
inline void check_arena(const test::PlannedTree& planned) {
    const HostRange arena = planned.place.range;
    if (arena.empty() || planned.host.memory.empty()) {
        return;
    }
    RC_ASSERT(std::ranges::any_of(planned.host.memory, [&](const fdt::MemoryBank& bank) {
        return bank.range.contains(arena);
    }));
    for (const fdt::ReservedRange& reserved : planned.host.reserved) {
        RC_ASSERT(!reserved.range.overlaps(arena));
    }
    for (const DomainConfig& domain : planned.config.domains) {
        for (const auto& module : {domain.kernel, domain.ramdisk, domain.device_tree}) {
            RC_ASSERT(!module.value_or(ModuleConfig()).host.overlaps(arena));
        }
        for (const HostRange& range : domain.static_mem) {
            RC_ASSERT(!range.overlaps(arena));
        }
        for (const shm::NodeConfig& node : domain.shared) {
            const HostRange range =
                node.host ? *HostRange::from(*node.host, node.size) : HostRange();
            RC_ASSERT(!range.overlaps(arena));
        }
    }
    if (planned.plan) {
        const HostUsePlan& use = use_at(planned, arena.start());
        RC_ASSERT(use.use == HostUse::arena && use.range == arena);
    }
}

}  // namespace isthmus::dom0less
