// SPDX-License-Identifier: Apache-2.0
#include "fdt/device.hpp"

#include "fdt/cells.hpp"

namespace isthmus::fdt {
namespace {

/// IEEE 1275 binding to PCI: a child address is a word of flags and 64 bits, a size is 64 bits.
constexpr CellCounts pci_cells{3, 2};

/// phys.hi: a window in memory space, of 32 or 64 bits, that may be prefetched.
constexpr bool is_prefetchable(u64 flags) {
    constexpr u64 prefetchable = u64{1} << 30;
    constexpr u64 memory_space = u64{1} << 25;
    return (flags & prefetchable) != 0 && (flags & memory_space) != 0;
}

/// `visit(window, flags)` for each.
template <class Visit>
void visit_bridge_windows(const Node& bridge, Visit&& visit) {
    const auto ranges = bridge.property("ranges");
    const CellCounts outer = child_cells(bridge.parent());
    if (!ranges || !ranges->is_cells() || !outer.are_readable()) {
        return;
    }
    const usize step = pci_cells.entry() + outer.address;
    for (usize i = 0; i + step <= ranges->cell_count(); i += step) {
        const u64 address = ranges->cells(i + pci_cells.address, outer.address);
        const u64 size = ranges->cells(i + pci_cells.address + outer.address, pci_cells.size);
        visit(host_range(bridge.parent(), {address, size}), ranges->cells(i, 1));
    }
}

/// Needs no driver of its own (Devicetree specification, 4.5). Boards give some a `reg` all the
/// same, which is where the devices behind it lie.
bool is_bus(const Node& node) {
    return node.is_compatible("simple-bus") && node.has("ranges");
}

/// Calls `visit(window)` for each; one that is empty or cannot be reached is nothing.
template <class Visit>
void visit_windows(const Node& node, Visit&& visit) {
    const usize count = is_bus(node) ? 0 : reg_count(node).value_or(0);
    for (usize i = 0; i < count; ++i) {
        visit(device_range(node, i));
    }
    if (node.text("device_type") == "pci") {
        visit_bridge_windows(node,
                             [&](const std::optional<HostRange>& window, u64) { visit(window); });
    }
}

}  // namespace

std::span<const HostRange> device_windows(const Node& node, Arena& arena) {
    ArenaVector<HostRange> windows(arena);
    visit_windows(node, [&](const std::optional<HostRange>& window) {
        if (window && !window->empty()) {
            windows.push_back(*window);
        }
    });
    return windows.items();
}

std::span<const HostRange> prefetchable_windows(const Node& node, Arena& arena) {
    ArenaVector<HostRange> windows(arena);
    if (node.text("device_type") == "pci") {
        visit_bridge_windows(node, [&](const std::optional<HostRange>& window, u64 flags) {
            if (window && !window->empty() && is_prefetchable(flags)) {
                windows.push_back(*window);
            }
        });
    }
    return windows.items();
}

std::optional<HostRange> window_in(const Node& node, HostRange pages) {
    std::optional<HostRange> found;
    visit_windows(node, [&](const std::optional<HostRange>& window) {
        if (!found && window && !window->empty() &&
            window->outer_aligned(page_size).overlaps(pages.outer_aligned(page_size))) {
            found = window;
        }
    });
    return found;
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
