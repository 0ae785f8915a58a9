// SPDX-License-Identifier: Apache-2.0
// Interrupts that a controller has of the GIC without an `interrupts` property that names them.
#pragma once

#include "fdt/interrupts.hpp"

namespace isthmus::fdt {

/// Adds those of `node`: a wake-up controller of Qualcomm or Amlogic, an interrupt router of TI, or
/// Marvell's port for messages hands interrupts of devices on to any of a range of the GIC's
/// (bindings qcom,pdc, amlogic,meson-gpio-intc, ti,sci-intr, ti,sci-inta, marvell,gicp). Whoever
/// drives it decides about edge or level. Nothing for any other node.
void add_controller_lines(const Node& node, ArenaVector<Interrupt>& lines);

}  // namespace isthmus::fdt
