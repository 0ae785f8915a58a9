// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/partial_tree_lines.hpp"

#include "fdt/interrupts.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;
using fdt::Property;

// GIC binding: type, number, flags.
constexpr u32 type_spi = 0;

u32 cell_of(const Node& node, std::string_view name) {
    const auto property = node.property(name);
    return property ? property->single_cell().value_or(0) : 0;
}

u32 decode(const Property& list, usize at) {
    const u32 number = list.cell(at + 1);
    return list.cell(at) == type_spi && number < limits::spis ? fdt::first_spi + number : 0;
}

/// The guest's root names its interrupt controller, so a node below no other parent means that one.
bool means_gic(Node node, u32 gic_phandle) {
    while (!node.has("interrupt-parent")) {
        if (node.is_root()) {
            return true;
        }
        node = node.parent();
        if (node.has("#interrupt-cells")) {
            return false;
        }
    }
    return cell_of(node, "interrupt-parent") == gic_phandle;
}

void add_extended(const fdt::Tree& partial, const Property& list, u32 gic_phandle,
                  ArenaVector<u32>& lines) {
    for (usize at = 0; list.is_cells() && at < list.cell_count();) {
        const u32 phandle = list.cell(at++);
        const bool is_gic = phandle == gic_phandle;
        const auto controller = partial.find_phandle(phandle);
        const u32 cells = is_gic       ? fdt::gic_specifier_cells
                          : controller ? cell_of(*controller, "#interrupt-cells")
                                       : 0;
        if ((!is_gic && !controller) || cells > list.cell_count() - at) {
            return;
        }
        if (is_gic) {
            lines.push_back(decode(list, at));
        }
        at += cells;
    }
}

}  // namespace

std::span<const u32> partial_lines(const fdt::Tree& partial, const Node& node, u32 gic_phandle,
                                   Arena& arena) {
    ArenaVector<u32> lines(arena);
    if (const auto extended = node.property("interrupts-extended")) {
        add_extended(partial, *extended, gic_phandle, lines);
        return lines.items();
    }
    const auto list = node.property("interrupts");
    if (!list || !means_gic(node, gic_phandle)) {
        return {};
    }
    for (usize at = 0; list->is_cells() && at + fdt::gic_specifier_cells <= list->cell_count();
         at += fdt::gic_specifier_cells) {
        lines.push_back(decode(*list, at));
    }
    if (lines.empty()) {
        lines.push_back(0);
    }
    return lines.items();
}

}  // namespace isthmus::dom0less
