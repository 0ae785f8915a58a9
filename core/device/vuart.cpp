// SPDX-License-Identifier: Apache-2.0
#include "core/device/vuart.hpp"

#include "core/console/input.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"

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
constexpr u32 fr_txff = 1u << 5;  ///< transmit FIFO full
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

void Vuart::reset() {
    const LockGuard guard(lock_);
    head_ = tail_;
    mask_ = 0;
    sent_ = false;
    full_ = false;
}

bool Vuart::line() {
    const LockGuard guard(lock_);
    return (raw_status() & mask_) != 0;
}

bool Vuart::listens() {
    const LockGuard guard(lock_);
    return (mask_ & (int_rx | int_rt)) != 0;
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

Result<u64> Vuart::read(u64 offset, bool has_room) {
    const LockGuard guard(lock_);
    switch (offset) {
        case uartfr:
            return (has_room ? fr_txfe : fr_txff) | (head_ == tail_ ? fr_rxfe : 0) |
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

void Vuart::found_no_room() {
    const LockGuard guard(lock_);
    sent_ = false;
    full_ = true;
}

void Vuart::found_room() {
    const LockGuard guard(lock_);
    sent_ = sent_ || full_;
    full_ = false;
}

namespace {

/// A domain's UART.
struct GuestUart {
    Vuart registers;
    Domain* domain = nullptr;
    u32 intid = 0;
};

/// Sets the line in the domain's vGIC as the state asks. Any CPU, after a change.
void update_line(GuestUart& uart) {
    // A byte typed on one CPU may come between another CPU's look at the state and its setting of
    // the line; who sets the line last has looked again since.
    bool level = false;
    do {
        level = uart.registers.line();
        uart.domain->vgic.set_line(uart.intid, level);
    } while (uart.registers.line() != level);
}

Result<u64> read_uart(GuestUart& uart, Vcpu&, u64 offset, unsigned) {
    const bool has_room = offset != uartfr || uart.domain->console.has_output_room();
    const Result<u64> value = uart.registers.read(offset, has_room);
    if (offset == uartdr) {
        if (uart.domain->console.feed()) {
            resume_input();
        }
        update_line(uart);
    }
    return value;
}

void send(GuestUart& uart, Vcpu& vcpu, char byte) {
    GuestConsole& console = uart.domain->console;
    if (console.has_output_room()) {
        console.put(vcpu, byte);
    } else {
        console.count_lost_output();
    }
    if (!console.has_output_room()) [[unlikely]] {
        uart.registers.found_no_room();
        if (console.has_output_room()) {  // it came in between, and nobody was told
            uart.registers.found_room();
        }
    }
}

Result<void> write_uart(GuestUart& uart, Vcpu& vcpu, u64 offset, unsigned, u64 value) {
    const int sent = ISTHMUS_TRY(uart.registers.write(offset, value));
    if (sent >= 0) {
        send(uart, vcpu, static_cast<char>(sent));
    }
    update_line(uart);
    return {};
}

bool receive(void* uart, u8 byte) {
    return static_cast<GuestUart*>(uart)->registers.receive(byte);
}
std::optional<u8> take(void* uart) {
    return static_cast<GuestUart*>(uart)->registers.take();
}
void update(void* uart) {
    update_line(*static_cast<GuestUart*>(uart));
}
void on_room(void* uart) {
    static_cast<GuestUart*>(uart)->registers.found_room();
    update_line(*static_cast<GuestUart*>(uart));
}
bool listens(void* uart) {
    return static_cast<GuestUart*>(uart)->registers.listens();
}

}  // namespace

Result<void> make_vuart(Domain& domain, const dom0less::EmulatedDevicePlan& plan) {
    GuestUart& uart = ISTHMUS_TRY(allocate_objects<GuestUart>(1))[0];
    uart.domain = &domain;
    uart.intid = plan.interrupts[0];
    domain.console.connect({&uart, receive, take, update, listens});
    domain.console.tell_room(on_room, &uart);
    ISTHMUS_TRY(add_reset(domain, uart.registers));
    return add_device(domain, mmio_device<read_uart, write_uart>(plan.registers[0], uart));
}

}  // namespace isthmus::core
