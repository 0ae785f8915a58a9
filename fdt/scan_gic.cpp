// SPDX-License-Identifier: Apache-2.0
// The interrupt controller: bindings "arm,gic-v3" and "arm,gic" (version 2), wherever in the tree.
#include "fdt/cells.hpp"
#include "fdt/device.hpp"
#include "fdt/gic_node.hpp"
#include "fdt/interrupts.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::fdt {
namespace {

/// One for each CPU at most; most machines have one for all.
constexpr u32 max_redistributor_regions = limits::cpus;

/// Together, each with 4 MiB around it: as much as Isthmus's map has room for.
constexpr u64 most_registers = 1000 * MiB;
/// The architecture gives no more bits to an address without FEAT_LPA.
constexpr u64 register_end = u64{1} << 48;

/// Register window `index`; a finding names it when it cannot be reached.
HostRange required_range(const Node& node, usize index, std::string_view what, Findings& findings) {
    const auto range = device_range(node, index);
    if (!range || range->empty()) {
        findings.add(rules::gic_reg, node.path(), "reg",
                     "entry {} ({}) is absent, or no bus leads to it", index, what);
        return {};
    }
    return *range;
}

/// A CPU interface is two pages (IHI 0048, 4.4). Boards that space the GIC's pages 64 KiB apart
/// repeat each over its 64 KiB; there the last copy of the first meets the first of the second.
HostRange two_pages(HostRange window) {
    constexpr u64 spaced = 128 * KiB;
    if (window.empty()) {
        return window;
    }
    const u64 offset = window.size() >= spaced ? 64 * KiB - page_size : 0;
    return HostRange::from(window.start() + offset, 2 * page_size).value_or(HostRange{});
}

void read_v2(const Node& node, Gic& gic, Findings& findings) {
    gic.distributor = required_range(node, 0, "distributor", findings);
    // Some trees name only the first page of the CPU interface, whose second is where it must be.
    gic.cpu_interface = two_pages(required_range(node, 1, "CPU interface", findings));
    gic.hypervisor_interface = required_range(node, 2, "hypervisor interface", findings);
    const HostRange virtual_interface = required_range(node, 3, "virtual CPU interface", findings);
    gic.vcpu_interface = two_pages(virtual_interface);
    if (virtual_interface.empty()) {
        return;
    }
    // These pages become the guests', so nothing else may be in them.
    if (virtual_interface.size() < 2 * page_size || !gic.vcpu_interface.is_aligned(page_size)) {
        findings.add(rules::gic_reg, node.path(), "reg",
                     "entry 3 (virtual CPU interface) is {} at {x}, not two whole pages",
                     byte_size(virtual_interface.size()), virtual_interface.start().raw());
    }
}

void read_v3(const Node& node, Gic& gic, Arena& arena, Findings& findings) {
    gic.distributor = required_range(node, 0, "distributor", findings);
    const auto property = node.property("#redistributor-regions");
    const u32 regions = property ? property->single_cell().value_or(0) : 1;
    if (regions == 0 || regions > max_redistributor_regions) {
        findings.add(rules::gic_reg, node.path(), "#redistributor-regions",
                     "not a number from 1 to {}", max_redistributor_regions);
        return;
    }
    const std::span<HostRange> redistributors = arena.allocate<HostRange>(regions);
    for (usize i = 0; i < redistributors.size(); ++i) {
        redistributors[i] = required_range(node, 1 + i, "redistributors", findings);
    }
    gic.redistributors = redistributors;
    if (const auto stride = node.property("redistributor-stride")) {
        gic.redistributor_stride = stride->number().value_or(0);
    }
    const usize next = 1 + usize{regions};
    gic.cpu_interface = device_range(node, next).value_or(HostRange{});
    gic.hypervisor_interface = device_range(node, next + 1).value_or(HostRange{});
    gic.vcpu_interface = device_range(node, next + 2).value_or(HostRange{});
}

/// The control frame of each ITS (binding "arm,gic-v3"); one that no bus leads to is left out.
void read_translators(const Node& node, Gic& gic, Arena& arena) {
    constexpr u64 control_frame = 64 * KiB;
    const auto frame_of = [](const Node& child) {
        const bool is_its = is_present(child) && child.is_compatible("arm,gic-v3-its");
        const std::optional<HostRange> registers =
            is_its ? device_range(child, 0) : std::optional<HostRange>();
        return registers && registers->size() >= control_frame &&
                       registers->end().raw() <= register_end
                   ? *HostRange::from(registers->start(), control_frame)
                   : HostRange();
    };
    usize count = 0;
    for (const Node child : node.children()) {
        count += frame_of(child).empty() ? 0U : 1U;
    }
    const std::span<HostRange> frames = arena.allocate<HostRange>(count);
    usize next = 0;
    for (const Node child : node.children()) {
        if (const HostRange frame = frame_of(child); !frame.empty() && next < frames.size()) {
            frames[next++] = frame;
        }
    }
    gic.translators = frames;
}

/// All that Isthmus itself looks at has to have a place in its map.
void check_windows(const Gic& gic, Findings& findings) {
    u64 sum = 0;
    const auto add = [&](const HostRange& window) {
        const bool is_small = window.size() <= most_registers - sum;
        sum += is_small ? window.size() + 4 * MiB : 0;
        if (!is_small || sum > most_registers || window.end().raw() > register_end) {
            findings.add(rules::gic_reg, gic.path, "reg",
                         "{} reaches beyond 48 bits, or makes more than {} of registers", window,
                         byte_size(most_registers));
            return false;
        }
        return true;
    };
    bool good = add(gic.distributor);
    if (gic.version == 2) {
        good = good && add(gic.cpu_interface) && add(gic.hypervisor_interface);
    }
    for (usize i = 0; good && i < gic.redistributors.size(); ++i) {
        good = add(gic.redistributors[i]);
    }
}

}  // namespace

std::optional<Gic> scan_gic(const Tree& tree, Arena& arena, Findings& findings) {
    for (usize i = 0; i < tree.node_count(); ++i) {
        const Node node = tree.node(i);
        Gic gic;
        gic.version = gic_version(node);
        if (gic.version == 0) {
            continue;
        }
        gic.path = node.path();
        if (gic.version == 2) {
            read_v2(node, gic, findings);
        } else {
            read_v3(node, gic, arena, findings);
            read_translators(node, gic, arena);
        }
        gic.maintenance_intid = interrupt_intid(tree, node, usize{0}).value_or(0);
        if (gic.maintenance_intid == 0) {
            findings.add(rules::gic_interrupt, node.path(), "interrupts",
                         "the maintenance interrupt is absent or unreadable");
        }
        check_windows(gic, findings);
        return gic;
    }
    findings.add(rules::no_gic, "/", {}, "no GICv3 or GICv2 interrupt controller is described");
    return std::nullopt;
}

}  // namespace isthmus::fdt
