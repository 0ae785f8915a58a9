// SPDX-License-Identifier: Apache-2.0
// CPUs: the children of /cpus with `device_type = "cpu"` (Devicetree specification, 3.8; the Arm
// CPU binding for `reg`).
#include "fdt/cells.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {
namespace {

/// Aff3 in bits 39 to 32, Aff2 to Aff0 in bits 23 to 0 (Arm ARM, MPIDR_EL1).
constexpr u64 affinity_mask = 0xff'00ff'ffff;

HostCpu::EnableMethod enable_method(const Node& node) {
    const std::string_view method = node.text("enable-method");
    if (method == "psci") {
        return HostCpu::EnableMethod::psci;
    }
    return method == "spin-table" ? HostCpu::EnableMethod::spin_table
                                  : HostCpu::EnableMethod::other;
}

const HostCpu* find_cpu(const ArenaVector<HostCpu>& cpus, u64 mpidr) {
    for (const HostCpu& cpu : cpus) {
        if (cpu.mpidr == mpidr) {
            return &cpu;
        }
    }
    return nullptr;
}

void read_cpu(const Node& node, ArenaVector<HostCpu>& cpus, Findings& findings) {
    const auto reg = node.property("reg");
    const auto mpidr = reg ? reg->number() : std::nullopt;
    if (!mpidr || (*mpidr & ~affinity_mask) != 0) {
        findings.add(rules::cpu_reg, node.path(), "reg",
                     "absent, or not one or two cells with a CPU's affinity");
        return;
    }
    if (const HostCpu* twin = find_cpu(cpus, *mpidr)) {
        findings.add_other(rules::cpu_duplicate, node.path(), "reg", twin->path,
                           "affinity {x} is that of {} too", *mpidr, twin->path);
        return;
    }
    if (cpus.size() == limits::cpus) {
        findings.add(rules::cpu_limit, node.path(), {}, "ignored: at most {} CPUs are used",
                     limits::cpus);
        return;
    }
    cpus.push_back({*mpidr, enable_method(node), node.text("compatible"), node.path()});
}

}  // namespace

std::span<const HostCpu> scan_cpus(const Tree& tree, Arena& arena, Findings& findings) {
    ArenaVector<HostCpu> cpus(arena);
    if (const auto parent = tree.root().child("cpus")) {
        for (const Node node : parent->children()) {
            if (node.text("device_type") == "cpu" && node.is_enabled()) {
                read_cpu(node, cpus, findings);
            }
        }
    }
    if (cpus.empty()) {
        findings.add(rules::no_cpu, "/cpus", {}, "no usable CPU is described");
    }
    return cpus.items();
}

}  // namespace isthmus::fdt
