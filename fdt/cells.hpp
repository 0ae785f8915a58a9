// SPDX-License-Identifier: Apache-2.0
// Addresses and sizes in a tree: how many cells they take, `reg`, and the way through the buses up
// to the CPU's address space (Devicetree specification, 2.3.5, 2.3.6 and 2.3.8).
#pragma once

#include <optional>
#include <span>

#include "fdt/tree.hpp"
#include "isthmus/range.hpp"

namespace isthmus::fdt {

/// What a node says about the addresses of its children.
struct CellCounts {
    u32 address = 2;
    u32 size = 1;

    /// Numbers of up to 64 bits; a size may have no cells.
    bool are_readable() const { return address >= 1 && address <= 2 && size <= 2; }
    usize entry() const { return usize{address} + size; }
};

/// `#address-cells` and `#size-cells` of `parent`, with the specification's defaults.
CellCounts child_cells(const Node& parent);
/// The same without defaults: nothing when one is missing or not 1 or 2.
std::optional<CellCounts> required_cells(const Node& parent);

/// One address and size, as the parent bus counts them.
struct RegEntry {
    u64 address = 0;
    u64 size = 0;
};

/// Number of whole entries in `reg`; nothing when it is absent, or no whole number of entries.
std::optional<usize> reg_count(const Node& node);
/// Entry `index`, which must be less than reg_count().
RegEntry reg_entry(const Node& node, usize index);

/// Entry `index` of a device's `reg`, translated through every bus's `ranges`. Nothing when the
/// entry does not exist, no bus hands it on, or it wraps.
std::optional<HostRange> device_range(const Node& node, usize index);

/// The same for any address on `bus`, which is a node with children, or the root.
std::optional<HostRange> host_range(const Node& bus, RegEntry entry);

}  // namespace isthmus::fdt
