// SPDX-License-Identifier: Apache-2.0
// Which driver a UART node asks for.
#pragma once

#include <optional>
#include <string_view>

#include "fdt/property.hpp"
#include "isthmus/uart_kind.hpp"

namespace isthmus::fdt {

/// A UART as its binding has it, before the node's own properties.
struct UartBinding {
    std::string_view compatible;
    UartKind kind = UartKind::pl011;
    /// The binding has `reg-offset`, `reg-shift` and `reg-io-width`; these stand for absent ones.
    bool has_layout = false;
    u8 register_shift = 0;
    u8 io_width = 4;  ///< bytes
};

/// The driver for a node's `compatible`, or nothing. Of several the one that relies most on what
/// firmware has set up.
std::optional<UartBinding> find_uart(const Property& compatible);

}  // namespace isthmus::fdt
