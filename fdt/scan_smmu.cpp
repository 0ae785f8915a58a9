// SPDX-License-Identifier: Apache-2.0
// SMMUs: binding "arm,smmu-v3", wherever in the tree.
#include "fdt/cells.hpp"
#include "fdt/interrupts.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {
namespace {

u32 phandle_of(const Node& node) {
    auto property = node.property("phandle");
    if (!property) {
        property = node.property("linux,phandle");
    }
    return property ? property->single_cell().value_or(0) : 0;
}

void read_interrupt(const Tree& tree, const Node& node, Smmu& smmu) {
    auto interrupt = find_interrupt(tree, node, "combined");
    if (!interrupt) {
        interrupt = find_interrupt(tree, node, "eventq");
    }
    if (interrupt) {
        smmu.event_intid = interrupt->intid;
        smmu.event_edge = interrupt->edge;
    }
}

void read_smmu(const Tree& tree, const Node& node, ArenaVector<Smmu>& smmus, Findings& findings) {
    const auto range = device_range(node, 0);
    if (!range || range->size() < smmu_register_bytes || !range->start().is_aligned(page_size)) {
        findings.add(rules::smmu_reg, node.path(), "reg",
                     "this SMMU is not used: no two pages of registers of 64 KiB can be reached");
        return;
    }
    if (smmus.size() == limits::smmus) {
        findings.add(rules::smmu_limit, node.path(), {}, "ignored: at most {} SMMUs are used",
                     limits::smmus);
        return;
    }
    Smmu smmu;
    smmu.registers = *HostRange::from(range->start(), smmu_register_bytes);
    smmu.is_coherent = node.has("dma-coherent");
    smmu.phandle = phandle_of(node);
    smmu.path = node.path();
    read_interrupt(tree, node, smmu);
    smmus.push_back(smmu);
}

}  // namespace

std::span<const Smmu> scan_smmu(const Tree& tree, Arena& arena, Findings& findings) {
    ArenaVector<Smmu> smmus(arena);
    for (usize i = 0; i < tree.node_count(); ++i) {
        const Node node = tree.node(i);
        if (node.is_compatible("arm,smmu-v3") && node.is_enabled()) {
            read_smmu(tree, node, smmus, findings);
        }
    }
    return smmus.items();
}

}  // namespace isthmus::fdt
