// SPDX-License-Identifier: Apache-2.0
// The machine's console: which driver, and where its registers are seen.
#include "arch/arm64/boot_map.hpp"
#include "arch/arm64/el2_map.hpp"
#include "arch/arm64/layout.hpp"
#include "arch/arm64/sysreg.hpp"
#include "arch/arm64/uart.hpp"

namespace isthmus::arch {
namespace {

constinit Uart console;

Result<HypAddress> see_registers(HostRange registers) {
    constexpr u64 el2 = 2 << 2;
    if (ISTHMUS_READ_SYSREG(currentel) == el2) {
        return map_small_device(registers);
    }
    map_device_in_boot_map(registers.start());
    return HypAddress(device_base + (registers.start().raw() & (2 * MiB - 1)));
}

}  // namespace

Result<void> init_console(const ConsoleDevice& device) {
    const HypAddress base = ISTHMUS_TRY(see_registers(device.registers));
    console.open(uart_driver(device.kind), {base, device.register_shift, device.io_width});
    return {};
}

void write_console(std::string_view text) {
    if (!console.is_open()) {
        return;
    }
    for (const char c : text) {
        console.put(static_cast<u8>(c));
    }
}

u64 console_bytes_dropped() {
    return console.dropped();
}

int read_console() {
    return console.is_open() ? console.get() : -1;
}

void listen_to_console(bool on) {
    if (console.is_open()) {
        console.listen(on);
    }
}

void acknowledge_console() {
    if (console.is_open()) {
        console.acknowledge();
    }
}

}  // namespace isthmus::arch
