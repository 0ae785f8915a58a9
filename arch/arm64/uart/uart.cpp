// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/uart/uart.hpp"

#include "isthmus/arch/cpus.hpp"

// All sections "uart_drivers", one behind the other; the names are the linker's.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
extern const isthmus::arch::UartDriver* const __start_uart_drivers[];
extern const isthmus::arch::UartDriver* const __stop_uart_drivers[];
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
}

namespace isthmus::arch {

const UartDriver* find_uart_driver(std::string_view name) {
    for (const UartDriver* const* each = __start_uart_drivers; each != __stop_uart_drivers;
         ++each) {
        if ((*each)->name == name) {
            return *each;
        }
    }
    return nullptr;
}

void Uart::open(const UartDriver& driver, const UartRegisters& registers) {
    *this = Uart();
    driver_ = &driver;
    registers_ = registers;
    driver.open(registers);
}

bool Uart::wait_for_room() const {
    for (u32 looks = 0; looks < patience; ++looks) {
        if (driver_->room(registers_) != 0) {
            return true;
        }
        relax();
    }
    return false;
}

void Uart::put(u8 byte) {
    stuck_ = stuck_ ? driver_->room(registers_) == 0 : !wait_for_room();
    if (stuck_) {
        ++dropped_;
        return;
    }
    driver_->send(registers_, byte);
}

usize Uart::put_some(std::string_view bytes, usize most) {
    most = bytes.size() < most ? bytes.size() : most;
    usize sent = 0;
    while (sent < most) {
        u32 room = driver_->room(registers_);
        if (room == 0) {
            break;
        }
        for (; room != 0 && sent < most; --room) {
            driver_->send(registers_, static_cast<u8>(bytes[sent++]));
        }
    }
    return sent;
}

int Uart::get() {
    constexpr int most_damaged = 256;  // no FIFO is deeper
    for (int i = 0; i < most_damaged; ++i) {
        const int got = driver_->receive(registers_);
        if (got != uart_damaged) {
            return got;
        }
    }
    return uart_nothing;
}

void Uart::listen(UartInterrupts wanted) {
    driver_->listen(registers_, wanted);
}

void Uart::acknowledge_room() {
    driver_->acknowledge_room(registers_);
}

void Uart::acknowledge() {
    driver_->acknowledge(registers_);
}

}  // namespace isthmus::arch
