// SPDX-License-Identifier: Apache-2.0
#include "fdt/uart_kind.hpp"

namespace isthmus::fdt {
namespace {

/// A node that lists several gets the first one here.
constexpr UartBinding bindings[] = {
    {"arm,sbsa-uart", UartKind::sbsa},
    {"arm,pl011", UartKind::pl011},
    {"xlnx,xuartps", UartKind::cadence},
    {"cdns,uart-r1p8", UartKind::cadence},
    {"cdns,uart-r1p12", UartKind::cadence},
    {"xlnx,zynqmp-uart", UartKind::cadence},
    {"snps,dw-apb-uart", UartKind::dw_apb, true, 0, 1},
    {"ns16550a", UartKind::ns16550, true, 0, 1},
    {"ns16550", UartKind::ns16550, true, 0, 1},
    {"nvidia,tegra20-uart", UartKind::ns16550, true, 2, 4},
    {"ti,am654-uart", UartKind::ns16550, true, 2, 4},
    {"fsl,imx6q-uart", UartKind::imx},
    {"fsl,imx21-uart", UartKind::imx},
    {"amlogic,meson-ao-uart", UartKind::meson},
    {"amlogic,meson-gx-uart", UartKind::meson},
    {"amlogic,meson-uart", UartKind::meson},
};

}  // namespace

std::optional<UartBinding> find_uart(const Property& compatible) {
    for (const UartBinding& binding : bindings) {
        if (compatible.lists(binding.compatible)) {
            return binding;
        }
    }
    return std::nullopt;
}

}  // namespace isthmus::fdt
