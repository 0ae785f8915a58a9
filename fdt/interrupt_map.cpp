// SPDX-License-Identifier: Apache-2.0
#include "fdt/interrupt_map.hpp"

namespace isthmus::fdt {
namespace {

/// Whether the entry is for this child: each cell of unit address and specifier under its mask.
bool is_for(const Node& nexus, const Property& map, const MapEntry& entry, const Node& device,
            const Specifier& specifier) {
    const usize address = cell_or_zero(nexus, "#address-cells");
    const auto mask = nexus.property("interrupt-map-mask");
    const auto reg = device.property("reg");
    for (usize i = 0; i < address + specifier.count; ++i) {
        const usize number = i - address;
        const u32 wanted = i >= address ? specifier.cells.cell(specifier.first + number)
                           : reg && i < reg->cell_count() ? reg->cell(i)
                                                          : 0;
        const u32 masked = mask && i < mask->cell_count() ? mask->cell(i) : ~u32{0};
        if (((wanted ^ map.cell(entry.child + i)) & masked) != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

u32 cell_or_zero(const Node& node, std::string_view name) {
    const auto cells = node.property(name);
    return cells ? cells->single_cell().value_or(0) : 0;
}

std::optional<MapEntry> map_entry(const Tree& tree, const Node& nexus, const Property& map,
                                  usize position) {
    const usize child =
        usize{cell_or_zero(nexus, "#address-cells")} + cell_or_zero(nexus, "#interrupt-cells");
    const usize left = map.cell_count() - position;
    const auto parent = child < left ? tree.find_phandle(map.cell(position + child)) : std::nullopt;
    if (!parent) {
        return std::nullopt;
    }
    // A controller without #address-cells has no unit addresses.
    const usize address = cell_or_zero(*parent, "#address-cells");
    const usize specifier = cell_or_zero(*parent, "#interrupt-cells");
    if (address > left || specifier > left || child + 1 + address + specifier > left) {
        return std::nullopt;
    }
    const usize first = position + child + 1 + address;
    return MapEntry{position, {*parent, map, first, specifier}, first + specifier};
}

std::optional<Specifier> through_map(const Tree& tree, const Node& device,
                                     const Specifier& specifier) {
    const Node nexus = specifier.controller;
    const Property map = *nexus.property("interrupt-map");
    auto entry = map_entry(tree, nexus, map, 0);
    while (entry) {
        if (is_for(nexus, map, *entry, device, specifier)) {
            return entry->parent;
        }
        entry = map_entry(tree, nexus, map, entry->next);
    }
    return std::nullopt;
}

}  // namespace isthmus::fdt
