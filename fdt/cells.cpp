// SPDX-License-Identifier: Apache-2.0
#include "fdt/cells.hpp"

namespace isthmus::fdt {
namespace {

std::optional<u32> cell_property(const Node& node, std::string_view name) {
    const auto property = node.property(name);
    return property ? property->single_cell() : std::nullopt;
}

/// Takes `entry` from inside `bus` to the bus around it; nothing when no window covers it.
std::optional<RegEntry> through_bus(const Node& bus, RegEntry entry) {
    const auto ranges = bus.property("ranges");
    if (!ranges) {
        return std::nullopt;
    }
    if (ranges->empty()) {
        return entry;
    }
    const CellCounts inner = child_cells(bus);
    const CellCounts outer = child_cells(bus.parent());
    if (!inner.are_readable() || !outer.are_readable()) {
        return std::nullopt;
    }
    const usize step = inner.entry() + outer.address;
    for (usize i = 0; i + step <= ranges->cell_count(); i += step) {
        const u64 child = ranges->cells(i, inner.address);
        const u64 parent = ranges->cells(i + inner.address, outer.address);
        const u64 size = ranges->cells(i + inner.address + outer.address, inner.size);
        const u64 offset = entry.address - child;
        if (entry.address >= child && offset < size && entry.size <= size - offset) {
            return RegEntry{parent + offset, entry.size};
        }
    }
    return std::nullopt;
}

}  // namespace

CellCounts child_cells(const Node& parent) {
    const CellCounts defaults;
    return {cell_property(parent, "#address-cells").value_or(defaults.address),
            cell_property(parent, "#size-cells").value_or(defaults.size)};
}

std::optional<CellCounts> required_cells(const Node& parent) {
    const u32 address = cell_property(parent, "#address-cells").value_or(0);
    const u32 size = cell_property(parent, "#size-cells").value_or(0);
    if (address < 1 || address > 2 || size < 1 || size > 2) {
        return std::nullopt;
    }
    return CellCounts{address, size};
}

std::optional<usize> reg_count(const Node& node) {
    const auto reg = node.property("reg");
    const CellCounts cells = child_cells(node.parent());
    if (!reg || !reg->is_cells() || !cells.are_readable() ||
        reg->cell_count() % cells.entry() != 0) {
        return std::nullopt;
    }
    return reg->cell_count() / cells.entry();
}

RegEntry reg_entry(const Node& node, usize index) {
    const auto reg = node.property("reg");
    const CellCounts cells = child_cells(node.parent());
    const usize first = index * cells.entry();
    return {reg->cells(first, cells.address), reg->cells(first + cells.address, cells.size)};
}

std::optional<HostRange> device_range(const Node& node, usize index) {
    const auto count = reg_count(node);
    if (!count || index >= *count) {
        return std::nullopt;
    }
    return host_range(node.parent(), reg_entry(node, index));
}

std::optional<HostRange> host_range(const Node& bus, RegEntry entry) {
    for (Node each = bus; !each.is_root(); each = each.parent()) {
        const auto outside = through_bus(each, entry);
        if (!outside) {
            return std::nullopt;
        }
        entry = *outside;
    }
    return HostRange::from(HostAddress(entry.address), entry.size);
}

}  // namespace isthmus::fdt
