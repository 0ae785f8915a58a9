// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/uart/uart.hpp"

#include "isthmus/arch/cpus.hpp"

namespace isthmus::arch {

const UartDriver& uart_driver(UartKind kind) {
    switch (kind) {
        case UartKind::pl011:
            return pl011_driver;
        case UartKind::sbsa:
            break;
        case UartKind::cadence:
            return cadence_driver;
        case UartKind::ns16550:
            return ns16550_driver;
        case UartKind::dw_apb:
            return dw_apb_driver;
        case UartKind::imx:
            return imx_driver;
        case UartKind::meson:
            return meson_driver;
    }
    return sbsa_driver;
}

void Uart::open(const UartDriver& driver, const UartRegisters& registers) {
    *this = Uart();
    driver_ = &driver;
    registers_ = registers;
    driver.open(registers);
}

bool Uart::wait_for_room() const {
    for (u32 looks = 0; looks < patience; ++looks) {
        if (driver_->has_room(registers_)) {
            return true;
        }
        relax();
    }
    return false;
}

void Uart::put(u8 byte) {
    stuck_ = stuck_ ? !driver_->has_room(registers_) : !wait_for_room();
    if (stuck_) {
        ++dropped_;
        return;
    }
    driver_->send(registers_, byte);
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

void Uart::listen(bool on) {
    driver_->listen(registers_, on);
}

void Uart::acknowledge() {
    driver_->acknowledge(registers_);
}

}  // namespace isthmus::arch
