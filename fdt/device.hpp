// SPDX-License-Identifier: Apache-2.0
// A device of the machine as its node describes it: what of the CPUs' address space is its.
#pragma once

#include <optional>
#include <span>

#include "fdt/tree.hpp"
#include "isthmus/range.hpp"

namespace isthmus::fdt {

/// The register windows of `node` at host addresses: the entries of `reg` that its buses hand on to
/// the CPUs, and, of a PCI host bridge, the windows of `ranges` behind which its devices' own
/// registers lie (Devicetree specification, 2.3.8; IEEE 1275 binding to PCI). A bus of no more
/// than wires ("simple-bus") has none. In the order of the properties; what is empty, wraps or
/// cannot be reached is left out.
std::span<const HostRange> device_windows(const Node& node, Arena& arena);
/// Of these, the windows that a bridge calls prefetchable: memory whose reads have no side effects
/// (IEEE 1275 binding to PCI, 2.2.1.1: bit p of phys.hi).
std::span<const HostRange> prefetchable_windows(const Node& node, Arena& arena);

/// The first of these windows with a page that `pages` has, too.
std::optional<HostRange> window_in(const Node& node, HostRange pages);

/// The node and all above it are enabled.
bool is_present(const Node& node);

}  // namespace isthmus::fdt
