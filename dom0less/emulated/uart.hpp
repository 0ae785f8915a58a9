// SPDX-License-Identifier: Apache-2.0
// The emulated UART (`vpl011`), as planning sees it. A guest with addresses of its own has it where
// Xen's guests do; in a direct-mapped one it takes the place of the machine's console.
#pragma once

#include "dom0less/emulated/kind.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {

/// Direct-mapped: none where the machine has no console, or one with less than a page of registers
/// or without a shared interrupt.
EmulatedPlace place_uart(const PlaceRequest& request);
/// The machine has a console whose place it can take.
bool dom0_has_uart(const fdt::HostDescription& host);
void write_uart_speed(fdt::TreeWriter& tree, const NodeRequest& request);

inline constexpr DeviceKind uart_kind{
    .kind = EmulatedKind::uart,
    .name = "uart",
    .what = "the UART",
    .property = "vpl011",
    .is_usual = true,
    .is_console = true,
    .dom0_has = dom0_has_uart,
    .place = place_uart,
    .node_name = "sbsa-uart",
    .compatible = "arm,sbsa-uart",
    .write_more = write_uart_speed,
};

}  // namespace isthmus::dom0less
