// SPDX-License-Identifier: Apache-2.0
#include "fdt/uart_binding.hpp"

namespace isthmus::fdt {
namespace {

/// A node that lists several gets the first one here.
constexpr UartBinding bindings[] = {
    {"arm,sbsa-uart", "sbsa"},
    {"arm,pl011", "pl011"},
    {"xlnx,xuartps", "cadence"},
    {"cdns,uart-r1p8", "cadence"},
    {"cdns,uart-r1p12", "cadence"},
    {"xlnx,zynqmp-uart", "cadence"},
    {"snps,dw-apb-uart", "dw-apb", true, 0, 1},
    {"ns16550a", "ns16550", true, 0, 1},
    {"ns16550", "ns16550", true, 0, 1},
    {"nvidia,tegra20-uart", "ns16550", true, 2, 4},
    {"ti,am654-uart", "ns16550", true, 2, 4},
    {"fsl,imx6q-uart", "imx"},
    {"fsl,imx21-uart", "imx"},
    {"amlogic,meson-ao-uart", "meson"},
    {"amlogic,meson-gx-uart", "meson"},
    {"amlogic,meson-uart", "meson"},
};

}  // namespace

std::span<const UartBinding> uart_bindings() {
    return bindings;
}

std::optional<UartBinding> find_uart(const Property& compatible) {
    for (const UartBinding& binding : bindings) {
        if (compatible.lists(binding.compatible)) {
            return binding;
        }
    }
    return std::nullopt;
}

std::optional<UartBinding> find_uart_driver(std::string_view name) {
    for (const UartBinding& binding : bindings) {
        if (binding.driver == name) {
            return binding;
        }
    }
    return std::nullopt;
}

}  // namespace isthmus::fdt
