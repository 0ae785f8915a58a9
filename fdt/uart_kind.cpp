// SPDX-License-Identifier: Apache-2.0
#include "fdt/uart_kind.hpp"

namespace isthmus::fdt {
namespace {

/// A node that lists several gets the first one here.
constexpr UartBinding bindings[] = {
    {"arm,sbsa-uart", UartKind::sbsa},      {"arm,pl011", UartKind::pl011},
    {"xlnx,xuartps", UartKind::cadence},    {"cdns,uart-r1p8", UartKind::cadence},
    {"cdns,uart-r1p12", UartKind::cadence}, {"xlnx,zynqmp-uart", UartKind::cadence},
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
