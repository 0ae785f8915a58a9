// SPDX-License-Identifier: Apache-2.0
#include "fdt/interrupts.hpp"

#include <array>

#include "fdt/controller_lines.hpp"
#include "fdt/gic_node.hpp"
#include "fdt/interrupt_map.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {
namespace {

constexpr u32 type_spi = 0;
constexpr u32 type_ppi = 1;
constexpr u32 ppis = 16;
constexpr u32 any_edge = 3;  // flags: rising 1, falling 2; levels 4 and 8

/// Controllers between devices and the GIC that pass on specifiers of the GIC's own form.
constexpr std::array<std::string_view, 9> transparent_names{
    "fsl,imx6q-gpc",         "fsl,imx7d-gpc",          "fsl,imx8mq-gpc",
    "fsl,imx8mm-gpc",        "fsl,imx8mp-gpc",         "nvidia,tegra30-ictlr",
    "nvidia,tegra210-ictlr", "mediatek,mt6577-sysirq", "allwinner,sun6i-a31-r-intc"};
/// More nodes than an interrupt of any tree known leads through.
constexpr u32 longest_way = 8;

std::optional<Interrupt> decode(const Specifier& specifier) {
    if (specifier.count < gic_specifier_cells) {
        return std::nullopt;
    }
    const u32 type = specifier.cells.cell(specifier.first);
    const u32 number = specifier.cells.cell(specifier.first + 1);
    const bool edge = (specifier.cells.cell(specifier.first + 2) & any_edge) != 0;
    if (type == type_spi && number < limits::spis) {
        return Interrupt{first_spi + number, edge};
    }
    if (type == type_ppi && number < ppis) {
        return Interrupt{first_ppi + number, edge};
    }
    return std::nullopt;
}

bool is_transparent(const Node& controller) {
    for (const std::string_view name : transparent_names) {
        if (controller.is_compatible(name)) {
            return true;
        }
    }
    return false;
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

/// Follows a specifier to the GIC.
std::optional<Interrupt> resolve(const Tree& tree, Node device, Specifier specifier) {
    for (u32 steps = 0; steps < longest_way; ++steps) {
        const Node controller = specifier.controller;
        if (gic_version(controller) != 0) {
            return decode(specifier);
        }
        if (controller.has("interrupt-map")) {
            const auto next = through_map(tree, device, specifier);
            if (!next) {
                return std::nullopt;
            }
            specifier = *next;
        } else if (is_transparent(controller)) {
            const auto above = interrupt_parent(tree, controller);
            if (!above) {
                return std::nullopt;
            }
            specifier.controller = *above;
        } else {
            return std::nullopt;
        }
        device = controller;
    }
    return std::nullopt;
}

/// Specifier `index` of `interrupts-extended`.
std::optional<Specifier> from_extended(const Tree& tree, const Property& list, usize index) {
    usize position = 0;
    while (list.is_cells() && position < list.cell_count()) {
        const auto controller = tree.find_phandle(list.cell(position));
        const u32 cells = controller ? cell_or_zero(*controller, "#interrupt-cells") : 0;
        const usize left = list.cell_count() - position - 1;
        if (!controller || cells > left) {
            return std::nullopt;
        }
        if (index == 0) {
            return Specifier{*controller, list, position + 1, cells};
        }
        --index;
        position += usize{cells} + 1;
    }
    return std::nullopt;
}

/// Specifier `index` of the node, or nothing behind the last one.
std::optional<Specifier> find_specifier(const Tree& tree, const Node& node, usize index) {
    if (const auto extended = node.property("interrupts-extended")) {
        return from_extended(tree, *extended, index);
    }
    const auto list = node.property("interrupts");
    const auto controller = list ? interrupt_parent(tree, node) : std::nullopt;
    const u32 cells = controller ? cell_or_zero(*controller, "#interrupt-cells") : 0;
    if (cells == 0 || !list->is_cells() || index >= list->cell_count() / cells) {
        return std::nullopt;
    }
    return Specifier{*controller, *list, index * cells, cells};
}

void add_once(ArenaVector<Interrupt>& list, const std::optional<Interrupt>& interrupt) {
    if (!interrupt) {
        return;
    }
    for (const Interrupt& known : list) {
        if (known.intid == interrupt->intid) {
            return;
        }
    }
    list.push_back(*interrupt);
}

}  // namespace

std::optional<Interrupt> find_interrupt(const Tree& tree, const Node& node, usize index) {
    const auto specifier = find_specifier(tree, node, index);
    return specifier ? resolve(tree, node, *specifier) : std::nullopt;
}

std::span<const Interrupt> all_interrupts(const Tree& tree, const Node& node, Arena& arena) {
    ArenaVector<Interrupt> list(arena);
    auto specifier = find_specifier(tree, node, 0);
    for (usize index = 1; specifier; ++index) {
        add_once(list, resolve(tree, node, *specifier));
        specifier = find_specifier(tree, node, index);
    }
    const bool is_bridge = node.text("device_type") == "pci";
    const auto map = is_bridge ? node.property("interrupt-map") : std::nullopt;
    auto entry = map ? map_entry(tree, node, *map, 0) : std::nullopt;
    while (entry) {
        add_once(list, resolve(tree, node, entry->parent));
        entry = map_entry(tree, node, *map, entry->next);
    }
    ArenaVector<Interrupt> handed_on(arena);
    add_controller_lines(node, handed_on);
    const auto above = handed_on.empty() ? std::nullopt : interrupt_parent(tree, node);
    for (const Interrupt& line : handed_on) {
        if (above && gic_version(*above) != 0) {
            add_once(list, line);
        }
    }
    return list.items();
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
