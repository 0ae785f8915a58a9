// SPDX-License-Identifier: Apache-2.0
#include "fdt/device.hpp"

#include "fdt/cells.hpp"

namespace isthmus::fdt {
namespace {

/// IEEE 1275 binding to PCI: a child address is a word of flags and 64 bits, a size is 64 bits.
constexpr CellCounts pci_cells{3, 2};

void add(ArenaVector<HostRange>& windows, const std::optional<HostRange>& window) {
    if (window && !window->empty()) {
        windows.push_back(*window);
    }
}

void add_bridge_windows(const Node& bridge, ArenaVector<HostRange>& windows) {
    const auto ranges = bridge.property("ranges");
    const CellCounts outer = child_cells(bridge.parent());
    if (!ranges || !ranges->is_cells() || !outer.are_readable()) {
        return;
    }
    const usize step = pci_cells.entry() + outer.address;
    for (usize i = 0; i + step <= ranges->cell_count(); i += step) {
        const u64 address = ranges->cells(i + pci_cells.address, outer.address);
        const u64 size = ranges->cells(i + pci_cells.address + outer.address, pci_cells.size);
        add(windows, host_range(bridge.parent(), {address, size}));
    }
}

/// Needs no driver of its own (Devicetree specification, 4.5). Boards give some a `reg` all the
/// same, which is where the devices behind it lie.
bool is_bus(const Node& node) {
    return node.is_compatible("simple-bus") && node.has("ranges");
}

}  // namespace

std::span<const HostRange> device_windows(const Node& node, Arena& arena) {
    ArenaVector<HostRange> windows(arena);
    const usize count = is_bus(node) ? 0 : reg_count(node).value_or(0);
    for (usize i = 0; i < count; ++i) {
        add(windows, device_range(node, i));
    }
    if (node.text("device_type") == "pci") {
        add_bridge_windows(node, windows);
    }
    return windows.items();
}

bool is_present(const Node& node) {
    for (Node each = node; !each.is_root(); each = each.parent()) {
        if (!each.is_enabled()) {
            return false;
        }
    }
    return true;
}

}  // namespace isthmus::fdt
