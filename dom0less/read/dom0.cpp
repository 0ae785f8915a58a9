// SPDX-License-Identifier: Apache-2.0
// Dom0: the modules directly under /chosen, and the arguments dom0_mem and dom0_max_vcpus.
#include <algorithm>

#include "dom0less/emulated/kind.hpp"
#include "dom0less/read/arguments.hpp"
#include "dom0less/read/direct_map.hpp"
#include "dom0less/read/domain.hpp"
#include "dom0less/read/feature_values.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

/// The CPUs that serve domains which name no pool (cpus/pools.hpp).
struct DefaultPool {
    usize cpus = 0;
    Options::Scheduler scheduler = Options::Scheduler::as_fits;
    std::optional<u32> phandle;  ///< of the node; nothing: no node has these CPUs

    bool serves(const DomainConfig& domain) const {
        return !domain.cpupool || domain.cpupool == phandle;
    }
};

DefaultPool find_default_pool(const ConfigInput& input, std::span<const CpuPoolConfig> pools) {
    DefaultPool found{input.host.cpus.size(), input.options.scheduler, {}};
    for (const CpuPoolConfig& pool : pools) {
        found.cpus -= pool.cpus.size() < found.cpus ? pool.cpus.size() : found.cpus;
    }
    if (found.cpus != 0 || input.host.cpus.empty()) {
        return found;
    }
    for (const CpuPoolConfig& pool : pools) {
        if (std::ranges::find(pool.cpus, input.host.cpus[0].path) != pool.cpus.end()) {
            return {pool.cpus.size(), pool.scheduler.value_or(input.options.scheduler),
                    pool.phandle};
        }
    }
    return found;
}

/// CPUs of that pool, without those that guests have to themselves.
u32 cpus_left(const ConfigInput& input, std::span<const DomainConfig> others,
              std::span<const CpuPoolConfig> pools) {
    const DefaultPool pool = find_default_pool(input, pools);
    usize cpus = pool.cpus;
    for (const DomainConfig& domain : others) {
        const bool has_its_own = pool.serves(domain) && pool.scheduler != Options::Scheduler::rr;
        const usize taken = has_its_own ? domain.cpus : 0;
        cpus -= taken < cpus ? taken : cpus;
    }
    const usize most = most_direct_vcpus(input.host);
    return static_cast<u32>(cpus == 0 ? 1 : cpus < most ? cpus : most);
}

/// `xen,dom0-bootargs`, else the module's own, else those of /chosen, which are then no more
/// Isthmus's (options.hpp).
std::string_view read_command_line(const Node& chosen, const DomainConfig& domain,
                                   Findings& findings) {
    if (chosen.has("xen,dom0-bootargs")) {
        return read_bootargs(chosen, "xen,dom0-bootargs", findings);
    }
    return find_dom0_kernel(chosen)->has("bootargs") ? domain.kernel->bootargs
                                                     : read_bootargs(chosen, "bootargs", findings);
}

std::span<const EmulatedConfig> emulated_for_dom0(const fdt::HostDescription& host, Arena& arena) {
    ArenaVector<EmulatedConfig> wanted(arena);
    for (const DeviceKind& kind : device_kinds()) {
        if (kind.dom0_has != nullptr && kind.dom0_has(host)) {
            wanted.push_back({kind.kind, {}});
        }
    }
    return wanted.items();
}

}  // namespace

DomainConfig read_dom0(const Node& chosen, const ConfigInput& input,
                       std::span<const DomainConfig> others, std::span<const CpuPoolConfig> pools,
                       Arena& arena, Findings& findings) {
    DomainConfig domain;
    domain.id = DomainId::dom0;
    domain.name = "Dom0";
    domain.path = chosen.path();
    domain.direct_map = true;
    domain.memory_bytes = input.options.dom0_memory;
    domain.cpus = input.options.dom0_max_vcpus.value_or(cpus_left(input, others, pools));
    domain.emulated = emulated_for_dom0(input.host, arena);
    read_modules(chosen, ModuleGuess::kernel_then_ramdisk, domain, findings);
    read_left_ramdisk(chosen, domain, findings);
    domain.kernel->bootargs = read_command_line(chosen, domain, findings);
    domain.has_xen_interface = names_xen_console(domain.kernel->bootargs);
    domain.statistics = is_switched_on(chosen, statistics_property);
    check_console(domain, findings);
    return domain;
}

}  // namespace isthmus::dom0less
