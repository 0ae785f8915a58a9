// SPDX-License-Identifier: Apache-2.0
// A node that hands interrupts on: `interrupt-map` (Devicetree specification, 2.4.3). Internal to
// the room.
#pragma once

#include <optional>

#include "fdt/tree.hpp"

namespace isthmus::fdt {

/// An interrupt on its way: a specifier, `count` cells of `cells` from `first` on, as `controller`
/// reads it.
struct Specifier {
    Node controller;
    Property cells;
    usize first = 0;
    usize count = 0;
};

/// One entry of an `interrupt-map` (2.4.3), at `position` of it.
struct MapEntry {
    usize child = 0;  ///< the child's unit address, then its specifier
    Specifier parent;
    usize next = 0;  ///< position of the entry behind it
};

/// The entry at `position`; nothing at the map's end, or where it cannot be read.
std::optional<MapEntry> map_entry(const Tree& tree, const Node& nexus, const Property& map,
                                  usize position);

/// What the nexus that `specifier` names raises at its own parent when `device` raises that there.
/// Nothing when no entry is for it.
std::optional<Specifier> through_map(const Tree& tree, const Node& device,
                                     const Specifier& specifier);

/// A property of one cell; 0 when it is absent or none.
u32 cell_or_zero(const Node& node, std::string_view name);

}  // namespace isthmus::fdt
