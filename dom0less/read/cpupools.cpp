// SPDX-License-Identifier: Apache-2.0
// `xen,cpupool` nodes: { compatible; cpupool-cpus = <&cpu2 &cpu3>; cpupool-sched = "rr"; }.
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/arguments.hpp"
#include "dom0less/read/domain.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

std::span<const std::string_view> read_cpus(const fdt::Tree& tree, const Node& node, Arena& arena,
                                            Findings& findings) {
    ArenaVector<std::string_view> cpus(arena);
    const auto property = node.property("cpupool-cpus");
    if (!property || property->empty() || !property->is_cells()) {
        findings.add(rules::cpupool_cpus, node.path(), "cpupool-cpus",
                     "absent, or not a list of phandles");
        return {};
    }
    for (usize i = 0; i < property->cell_count(); ++i) {
        const auto cpu = tree.find_phandle(property->cell(i));
        if (!cpu || cpu->text("device_type") != "cpu") {
            findings.add(rules::cpupool_cpus, node.path(), "cpupool-cpus",
                         "phandle {x} is not that of a CPU", property->cell(i));
        } else {
            cpus.push_back(cpu->path());
        }
    }
    return cpus.items();
}

}  // namespace

std::span<const CpuPoolConfig> read_cpupools(const fdt::Tree& tree, const Node& chosen,
                                             Arena& arena, Findings& findings) {
    ArenaVector<CpuPoolConfig> pools(arena);
    for (const Node node : chosen.children()) {
        if (!node.is_compatible("xen,cpupool")) {
            continue;
        }
        CpuPoolConfig pool;
        pool.path = node.path();
        pool.phandle = node.phandle();
        pool.cpus = read_cpus(tree, node, arena, findings);
        if (node.has("cpupool-sched")) {
            pool.scheduler = parse_scheduler(node.text("cpupool-sched"));
            if (!pool.scheduler) {
                findings.add(rules::cpupool_sched, node.path(), "cpupool-sched",
                             "\"{}\" is not null or rr",
                             fdt::printable(node.text("cpupool-sched")));
            }
        }
        pools.push_back(pool);
    }
    return pools.items();
}

}  // namespace isthmus::dom0less
