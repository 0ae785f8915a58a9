// SPDX-License-Identifier: Apache-2.0
#include "core/device/vuart.hpp"

#include "core/console/input.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core {
namespace {

// Offsets (DDI 0183, 3.2).
constexpr u64 uartdr = 0x000;
constexpr u64 uartfr = 0x018;
constexpr u64 uartimsc = 0x038;
constexpr u64 uartris = 0x03c;
constexpr u64 uartmis = 0x040;
constexpr u64 uarticr = 0x044;

constexpr u32 fr_rxfe = 1u << 4;  ///< receive FIFO empty
constexpr u32 fr_rxff = 1u << 6;
constexpr u32 fr_txfe = 1u << 7;  ///< transmit FIFO empty: bytes leave at once

constexpr u32 int_rx = 1u << 4;
constexpr u32 int_tx = 1u << 5;
constexpr u32 int_rt = 1u << 6;  ///< receive timeout: fewer bytes than the trigger level wait

}  // namespace

u32 Vuart::raw_status() const {
    return (head_ != tail_ ? int_rx | int_rt : 0) | (sent_ ? int_tx : 0);
}

bool Vuart::receive(u8 byte) {
    const LockGuard guard(lock_);
    if (tail_ - head_ == ring_size) {
        return false;
    }
    ring_[tail_++ % ring_size] = byte;
    return true;
}

bool Vuart::line() {
    const LockGuard guard(lock_);
    return (raw_status() & mask_) != 0;
}

u64 Vuart::read_data() {
    if (head_ == tail_) {
        return 0;
    }
    return ring_[head_++ % ring_size];
}

std::optional<u8> Vuart::take() {
    const LockGuard guard(lock_);
    return head_ == tail_ ? std::nullopt : std::optional(static_cast<u8>(read_data()));
}

Result<u64> Vuart::read(u64 offset) {
    const LockGuard guard(lock_);
    switch (offset) {
        case uartfr:
            return fr_txfe | (head_ == tail_ ? fr_rxfe : 0) |
                   (tail_ - head_ == ring_size ? fr_rxff : 0);
        case uartdr:
            return read_data();
        case uartimsc:
            return mask_;
        case uartris:
            return raw_status();
        case uartmis:
            return raw_status() & mask_;
        default:
            return 0;  // line control and the rest: nothing to say
    }
}

Result<int> Vuart::write(u64 offset, u64 value) {
    const LockGuard guard(lock_);
    switch (offset) {
        case uartdr:
            sent_ = true;
            return static_cast<int>(value & 0xff);
        case uartimsc:
            mask_ = static_cast<u32>(value & 0x7ff);
            return -1;
        case uarticr:
            sent_ = sent_ && (value & int_tx) == 0;
            return -1;
        default:
            return -1;
    }
}

void update_vuart_line(Domain& domain) {
    if (!domain.plan->uart) {
        return;  // its bytes are fetched by calls
    }
    // A byte typed on one CPU may come between another CPU's look at the state and its setting of
    // the line; who sets the line last has looked again since.
    bool level = false;
    do {
        level = domain.uart.line();
        domain.vgic.set_line(domain.plan->uart->intid, level);
    } while (domain.uart.line() != level);
}

Result<u64> read_vuart(Vcpu& vcpu, u64 offset, unsigned size) {
    static_cast<void>(size);
    Domain& domain = *vcpu.domain;
    const Result<u64> value = domain.uart.read(offset);
    if (offset == uartdr) {
        if (domain.console.feed_uart(domain)) {
            resume_input();
        }
        update_vuart_line(domain);
    }
    return value;
}

Result<void> write_vuart(Vcpu& vcpu, u64 offset, unsigned size, u64 value) {
    static_cast<void>(size);
    Domain& domain = *vcpu.domain;
    const int sent = ISTHMUS_TRY(domain.uart.write(offset, value));
    if (sent >= 0) {
        domain.console.put(vcpu, static_cast<char>(sent));
    }
    update_vuart_line(domain);
    return {};
}

}  // namespace isthmus::core
