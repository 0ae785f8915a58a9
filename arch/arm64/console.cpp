// SPDX-License-Identifier: Apache-2.0
// The machine's console: which driver, and where its registers are seen.
#include "arch/arm64/boot_map.hpp"
#include "arch/arm64/el2_map.hpp"
#include "arch/arm64/layout.hpp"
#include "arch/arm64/sysreg.hpp"
#include "arch/arm64/uart.hpp"

namespace isthmus::arch {
namespace {

constinit Uart* console = nullptr;

Result<HypAddress> see_registers(HostRange registers) {
    constexpr u64 el2 = 2 << 2;
    if (ISTHMUS_READ_SYSREG(currentel) == el2) {
        return map_device(registers);
    }
    map_device_in_boot_map(registers.start());
    return HypAddress(device_base + (registers.start().raw() & (2 * MiB - 1)));
}

}  // namespace

Result<void> init_console(const ConsoleDevice& device) {
    for (Uart* driver : {&pl011()}) {
        if (driver->drives(device.compatible)) {
            driver->open(ISTHMUS_TRY(see_registers(device.registers)), device);
            console = driver;
            return {};
        }
    }
    return fail(Error::unsupported);
}

void write_console(std::string_view text) {
    if (console == nullptr) {
        return;
    }
    for (const char c : text) {
        console->put(static_cast<u8>(c));
    }
}

int read_console() {
    return console == nullptr ? -1 : console->get();
}

void enable_console_input() {
    if (console != nullptr) {
        console->enable_receive_interrupt();
    }
}

}  // namespace isthmus::arch
