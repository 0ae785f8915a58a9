// SPDX-License-Identifier: Apache-2.0
#include "fdt/interrupts.hpp"

#include "isthmus/limits.hpp"

namespace isthmus::fdt {
namespace {

constexpr u32 gic_specifier_cells = 3;
constexpr u32 type_spi = 0;
constexpr u32 type_ppi = 1;
constexpr u32 ppis = 16;
constexpr u32 any_edge = 3;  // flags: rising 1, falling 2; levels 4 and 8

u32 interrupt_cells(const Node& controller) {
    const auto cells = controller.property("#interrupt-cells");
    return cells ? cells->single_cell().value_or(0) : 0;
}

std::optional<Interrupt> decode(const Property& property, usize first) {
    const u32 type = property.cell(first);
    const u32 number = property.cell(first + 1);
    const bool edge = (property.cell(first + 2) & any_edge) != 0;
    if (type == type_spi && number < limits::spis) {
        return Interrupt{first_spi + number, edge};
    }
    if (type == type_ppi && number < ppis) {
        return Interrupt{first_ppi + number, edge};
    }
    return std::nullopt;
}

/// Devicetree specification, 2.4: the parent is the nearest one named on the way up, or the nearest
/// node that is a controller itself.
std::optional<Node> interrupt_parent(const Tree& tree, Node node) {
    while (true) {
        if (const auto named = node.property("interrupt-parent")) {
            return tree.find_phandle(named->single_cell().value_or(0));
        }
        if (node.is_root()) {
            return std::nullopt;
        }
        node = node.parent();
        if (node.has("#interrupt-cells")) {
            return node;
        }
    }
}

std::optional<Interrupt> from_extended(const Tree& tree, const Property& list, usize index) {
    usize position = 0;
    while (list.is_cells() && position < list.cell_count()) {
        const auto controller = tree.find_phandle(list.cell(position));
        const u32 cells = controller ? interrupt_cells(*controller) : 0;
        const usize left = list.cell_count() - position - 1;
        if (!controller || cells > left) {
            return std::nullopt;
        }
        if (index == 0) {
            return cells >= gic_specifier_cells ? decode(list, position + 1) : std::nullopt;
        }
        --index;
        position += usize{cells} + 1;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Interrupt> find_interrupt(const Tree& tree, const Node& node, usize index) {
    if (const auto extended = node.property("interrupts-extended")) {
        return from_extended(tree, *extended, index);
    }
    const auto list = node.property("interrupts");
    const auto controller = list ? interrupt_parent(tree, node) : std::nullopt;
    const u32 cells = controller ? interrupt_cells(*controller) : 0;
    if (cells < gic_specifier_cells || !list->is_cells() || index >= list->cell_count() / cells) {
        return std::nullopt;
    }
    return decode(*list, index * cells);
}

std::optional<Interrupt> find_interrupt(const Tree& tree, const Node& node, std::string_view name) {
    const auto names = node.property("interrupt-names");
    for (usize i = 0; names; ++i) {
        const auto text = names->text(i);
        if (!text) {
            break;
        }
        if (*text == name) {
            return find_interrupt(tree, node, i);
        }
    }
    return std::nullopt;
}

std::optional<u32> interrupt_intid(const Tree& tree, const Node& node, usize index) {
    const auto interrupt = find_interrupt(tree, node, index);
    return interrupt ? std::optional(interrupt->intid) : std::nullopt;
}

std::optional<u32> interrupt_intid(const Tree& tree, const Node& node, std::string_view name) {
    const auto interrupt = find_interrupt(tree, node, name);
    return interrupt ? std::optional(interrupt->intid) : std::nullopt;
}

}  // namespace isthmus::fdt
