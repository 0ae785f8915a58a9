// SPDX-License-Identifier: Apache-2.0
#include "dom0less/emulated/uart.hpp"

#include "fdt/interrupts.hpp"

namespace isthmus::dom0less {
namespace {

EmulatedPlace at(GuestRange registers, u32 intid) {
    EmulatedPlace place;
    static_cast<void>(place.registers.push_back(registers));
    static_cast<void>(place.interrupts.push_back(intid));
    return place;
}

EmulatedPlace nowhere(std::string_view why) {
    EmulatedPlace place;
    place.why_not = why;
    return place;
}

bool is_shared_interrupt(u32 intid) {
    return intid >= fdt::first_spi && intid < fdt::first_spi + limits::spis;
}

}  // namespace

EmulatedPlace place_uart(const PlaceRequest& request) {
    if (!request.direct_map) {
        return at(guest_layout::uart, guest_layout::uart_intid);
    }
    if (!request.host.console) {
        return nowhere("it takes the place of the machine's console, but no console is known");
    }
    const fdt::ConsoleUart& console = *request.host.console;
    if (console.registers.size() < guest_layout::uart.size() || !console.intid ||
        !is_shared_interrupt(*console.intid)) {
        return nowhere(
            "it takes the place of the machine's console, but that has less than 4 KiB of "
            "registers, or no interrupt that is shared (SPI)");
    }
    const GuestAddress start(console.registers.start().raw());
    return at(*GuestRange::from(start, guest_layout::uart.size()), *console.intid);
}

bool dom0_has_uart(const fdt::HostDescription& host) {
    return place_uart({host, true}).why_not.empty();
}

void write_uart_speed(fdt::TreeWriter& tree, const NodeRequest&) {
    tree.cells("current-speed", {115200});
}

}  // namespace isthmus::dom0less
