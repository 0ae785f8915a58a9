// SPDX-License-Identifier: Apache-2.0
// Which driver a UART node asks for. Drivers have names, which `earlycon=` knows, too; the drivers
// themselves are the architecture's (isthmus/arch/console.hpp).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "fdt/property.hpp"

namespace isthmus::fdt {

/// A UART as its binding has it, before the node's own properties.
struct UartBinding {
    std::string_view compatible;
    std::string_view driver;
    /// The binding has `reg-offset`, `reg-shift` and `reg-io-width`; these stand for absent ones.
    bool has_layout = false;
    u8 register_shift = 0;
    u8 io_width = 4;  ///< bytes
};

/// All that are known. The first one of a driver is its plain form: what `earlycon=` takes for
/// numbers that it is not given.
std::span<const UartBinding> uart_bindings();

/// The binding for a node's `compatible`, or nothing. Of several the one that relies most on what
/// firmware has set up.
std::optional<UartBinding> find_uart(const Property& compatible);
/// The plain form of the driver of this name, or nothing.
std::optional<UartBinding> find_uart_driver(std::string_view name);

}  // namespace isthmus::fdt
