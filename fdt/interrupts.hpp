// SPDX-License-Identifier: Apache-2.0
// Which interrupt a node raises, as the number (INTID) the GIC gives it (Devicetree specification,
// 2.4).
#pragma once

#include <optional>

#include "fdt/tree.hpp"

namespace isthmus::fdt {

/// INTIDs of the architecture (GIC architecture specification, "INTIDs"): 16 to 31 are private to
/// a CPU (PPI), 32 and up shared (SPI).
inline constexpr u32 first_ppi = 16;
inline constexpr u32 first_spi = 32;

/// Kind, number, flags: the cells of an interrupt of a GIC (Linux,
/// bindings/interrupt-controller/arm,gic.yaml).
inline constexpr u32 gic_specifier_cells = 3;

/// An interrupt as its specifier has it.
struct Interrupt {
    u32 intid = 0;
    bool edge = false;  ///< the flags name an edge, else it is a level

    bool is_shared() const { return intid >= first_spi; }
};

/// Interrupt `index` of `node`: from `interrupts-extended`, else from `interrupts` with
/// the interrupt parent that the node or the nearest node above it names. It may lead through nodes
/// with an `interrupt-map` and through controllers that hand on what they are given. The specifier
/// is the GIC binding's (three cells or more: 0 = SPI or 1 = PPI, number, flags). Nothing when
/// there is no such interrupt, or it does not arrive at a GIC.
std::optional<Interrupt> find_interrupt(const Tree& tree, const Node& node, usize index);

/// The same by a name in `interrupt-names`. Nothing when that name is not listed.
std::optional<Interrupt> find_interrupt(const Tree& tree, const Node& node, std::string_view name);
/// Every interrupt by which `node` may reach the GIC: its own, those that a PCI host bridge has in
/// its `interrupt-map` for devices that the tree need not describe, and those that a controller
/// hands on otherwise (controller_lines.hpp). What ends elsewhere (at a GPIO controller, say) is
/// left out; in the order of the properties, each once.
std::span<const Interrupt> all_interrupts(const Tree& tree, const Node& node, Arena& arena);

/// The same, the number alone.
std::optional<u32> interrupt_intid(const Tree& tree, const Node& node, usize index);
std::optional<u32> interrupt_intid(const Tree& tree, const Node& node, std::string_view name);

}  // namespace isthmus::fdt
