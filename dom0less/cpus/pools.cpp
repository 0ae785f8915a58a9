// SPDX-License-Identifier: Apache-2.0
#include "dom0less/cpus/pools.hpp"

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u32 first_pool = 0;

std::optional<u32> find_cpu(const fdt::HostDescription& host, std::string_view path) {
    for (u32 cpu = 0; cpu < host.cpus.size(); ++cpu) {
        if (host.cpus[cpu].path == path) {
            return cpu;
        }
    }
    return std::nullopt;
}

/// The pool of each CPU of the machine.
std::span<const u32> assign_cpus(const PlanInput& input, Arena& arena, Findings& findings) {
    const std::span<u32> pool_of = arena.allocate<u32>(input.host.cpus.size());
    if (pool_of.empty()) {
        return {};
    }
    for (u32 index = 0; index < input.config.pools.size(); ++index) {
        const CpuPoolConfig& pool = input.config.pools[index];
        for (const std::string_view path : pool.cpus) {
            const auto cpu = find_cpu(input.host, path);
            if (!cpu) {
                findings.add_other(rules::cpupool_cpus, pool.path, "cpupool-cpus", path,
                                   "{} is no CPU that is used", path);
            } else if (pool_of[*cpu] != first_pool) {
                findings.add_other(rules::cpupool_cpus, pool.path, "cpupool-cpus", path,
                                   "{} is in a pool already", path);
            } else {
                pool_of[*cpu] = index + 1;
            }
        }
    }
    return pool_of;
}

std::span<const u32> cpus_of(std::span<const u32> pool_of, u32 pool, Arena& arena) {
    ArenaVector<u32> cpus(arena);
    for (u32 cpu = 0; cpu < pool_of.size(); ++cpu) {
        if (pool_of[cpu] == pool) {
            cpus.push_back(cpu);
        }
    }
    return cpus.items();
}

}  // namespace

std::span<const CpuPoolPlan> plan_pools(const PlanInput& input, Arena& arena, Findings& findings) {
    const auto pool_of = assign_cpus(input, arena, findings);
    ArenaVector<CpuPoolPlan> pools(arena);
    pools.push_back({input.options.scheduler, cpus_of(pool_of, first_pool, arena), {}});
    for (u32 index = 0; index < input.config.pools.size(); ++index) {
        const CpuPoolConfig& pool = input.config.pools[index];
        pools.push_back({pool.scheduler.value_or(input.options.scheduler),
                         cpus_of(pool_of, index + 1, arena), pool.path});
    }
    return pools.items();
}

std::span<const u32> choose_pools(const PlanInput& input, Arena& arena, Findings& findings) {
    const std::span<u32> chosen = arena.allocate<u32>(input.config.domains.size());
    for (usize i = 0; i < chosen.size(); ++i) {
        const DomainConfig& domain = input.config.domains[i];
        if (!domain.cpupool) {
            continue;
        }
        for (u32 index = 0; index < input.config.pools.size(); ++index) {
            const u32 phandle = input.config.pools[index].phandle;
            if (phandle != 0 && phandle == *domain.cpupool) {
                chosen[i] = index + 1;
            }
        }
        if (chosen[i] == first_pool) {
            findings.add(rules::cpupool, domain.path, "domain-cpupool",
                         "phandle {x} is not that of a xen,cpupool node", *domain.cpupool);
        }
    }
    return chosen;
}

}  // namespace isthmus::dom0less
