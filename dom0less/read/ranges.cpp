// SPDX-License-Identifier: Apache-2.0
// Lists of host ranges that stand in a property of their own.
#include "dom0less/read/domain.hpp"
#include "fdt/cells.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

/// The cell count that `name` gives on `node` or the nearest node above it.
std::optional<u32> nearest_cells(Node node, std::string_view name) {
    while (true) {
        if (const auto property = node.property(name)) {
            return property->single_cell();
        }
        if (node.is_root()) {
            return std::nullopt;
        }
        node = node.parent();
    }
}

/// A property's addresses count as its parent's `reg` would; older trees name the counts of
/// `xen,static-mem` on the node itself.
fdt::CellCounts property_cells(const Node& node) {
    const auto own_address = node.property("#xen,static-mem-address-cells");
    const auto own_size = node.property("#xen,static-mem-size-cells");
    fdt::CellCounts cells;
    if (own_address && own_size) {
        cells.address = own_address->single_cell().value_or(0);
        cells.size = own_size->single_cell().value_or(0);
    } else {
        cells.address = nearest_cells(node.parent(), "#address-cells").value_or(cells.address);
        cells.size = nearest_cells(node.parent(), "#size-cells").value_or(cells.size);
    }
    return cells;
}

}  // namespace

std::optional<std::span<const HostRange>> read_host_ranges(const Node& node,
                                                           std::string_view property, u64 alignment,
                                                           const Rule& rule, Arena& arena,
                                                           Findings& findings) {
    const auto list = node.property(property);
    const fdt::CellCounts cells = property_cells(node);
    const bool readable = cells.are_readable() && cells.size != 0;
    if (!list || !readable || !list->is_cells() || list->empty() ||
        list->cell_count() % cells.entry() != 0) {
        findings.add(rule, node.path(), property,
                     "{} bytes are no list of addresses ({} cells) and sizes ({} cells)",
                     list ? list->value.size() : 0, cells.address, cells.size);
        return std::nullopt;
    }
    ArenaVector<HostRange> ranges(arena);
    bool good = true;
    for (usize i = 0; i < list->cell_count(); i += cells.entry()) {
        const u64 start = list->cells(i, cells.address);
        const u64 size = list->cells(i + cells.address, cells.size);
        const auto range = HostRange::from(HostAddress(start), size);
        if (!range || range->empty() || !range->is_aligned(alignment)) {
            findings.add(rule, node.path(), property,
                         "address {x} with size {x} is empty, wraps around or is no multiple of {}",
                         start, size, byte_size(alignment));
            good = false;
            continue;
        }
        ranges.push_back(*range);
    }
    return good ? std::optional<std::span<const HostRange>>(ranges.items()) : std::nullopt;
}

}  // namespace isthmus::dom0less
