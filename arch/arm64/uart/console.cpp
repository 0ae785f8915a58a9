// SPDX-License-Identifier: Apache-2.0
// The machine's console: which driver, and where its registers are seen.
#include "isthmus/arch/console.hpp"
#include "arch/arm64/map/boot_map.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "arch/arm64/uart/uart.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::arch {
namespace {

constinit Uart console;
/// Who sends and who receives want an interrupt each, and the UART has one mask for both.
constinit SpinLock wanted_lock;
constinit UartInterrupts wanted ISTHMUS_GUARDED_BY(wanted_lock);
constinit HypAddress seen_at;
constinit HostRange seen;

Result<HypAddress> see_registers(HostRange registers) {
    return el2_map_root() != 0 ? map_device(registers) : map_device_in_boot_map(registers);
}

}  // namespace

Result<void> init_console(const ConsoleDevice& device) {
    const UartDriver* driver = find_uart_driver(device.driver);
    if (driver == nullptr) {
        return fail(Error::not_found);
    }
    seen = small_device(device.registers);
    seen_at = ISTHMUS_TRY(see_registers(seen));
    console.open(*driver, {seen_at, device.register_shift, device.io_width});
    return {};
}

void close_console() {
    if (console.is_open() && el2_map_root() != 0) {
        unmap_device(seen, seen_at);
    }
    console = Uart();
}

void write_console(std::string_view text) {
    if (!console.is_open()) {
        return;
    }
    for (const char c : text) {
        console.put(static_cast<u8>(c));
    }
}

usize send_console(std::string_view text) {
    constexpr usize most = 64;
    return console.is_open() ? console.put_some(text, most) : text.size();
}

void listen_for_console_room(bool on) {
    if (console.is_open()) {
        const LockGuard guard(wanted_lock);
        if (wanted.room != on) {
            wanted.room = on;
            console.listen(wanted);
        }
    }
}

void acknowledge_console_room() {
    if (console.is_open()) {
        console.acknowledge_room();
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
        const LockGuard guard(wanted_lock);
        wanted.receive = on;
        console.listen(wanted);
    }
}

void acknowledge_console() {
    if (console.is_open()) {
        console.acknowledge();
    }
}

}  // namespace isthmus::arch
