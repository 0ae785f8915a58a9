// SPDX-License-Identifier: Apache-2.0
// The UARTs that Isthmus has a driver for: the tree's `compatible` says which one the console is
// (fdt/uart_kind.hpp), and arch has the drivers.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus {

enum class UartKind : u8 {
    pl011,    ///< Arm PL011
    sbsa,     ///< Arm SBSA generic UART: the PL011 without what firmware sets up
    cadence,  ///< Cadence UART of Zynq and Zynq UltraScale+
    ns16550,  ///< the 16550 and its like
    dw_apb,   ///< Synopsys DesignWare's 16550
    imx,      ///< NXP i.MX, from i.MX21 on
    meson,    ///< Amlogic Meson
};

}  // namespace isthmus
