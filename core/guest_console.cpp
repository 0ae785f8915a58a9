// SPDX-License-Identifier: Apache-2.0
#include "core/guest_console.hpp"

#include "core/console.hpp"
#include "core/domain.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

/// How long an unfinished line waits for its end: 1/50 s.
constexpr u64 patience_divisor = 50;

}  // namespace

void GuestConsole::put(Vcpu& vcpu, char c) {
    const LockGuard guard(lock_);
    if (c == '\r' || c == '\0') {
        return;  // the terminal's line ends are ours
    }
    if (c == '\n') {
        end_line();
        return;
    }
    if (length_ == line_size) {
        end_line();
    }
    line_[length_++] = c;
    if (!vcpu.console_deadline.armed) {
        arm_timer(vcpu.console_deadline,
                  arch::counter() + arch::counter_frequency() / patience_divisor);
    }
}

void GuestConsole::end_line() {
    show_line(name_, {line_.data(), length_}, shown_, true);
    log_.append({line_.data(), length_});
    length_ = 0;
    shown_ = 0;
}

void GuestConsole::flush() {
    const LockGuard guard(lock_);
    if (length_ > shown_) {
        show_line(name_, {line_.data(), length_}, shown_, false);
        shown_ = length_;
    }
}

void GuestConsole::finish() {
    const LockGuard guard(lock_);
    if (length_ != 0) {
        end_line();
    }
}

void GuestConsole::type(Domain& domain, u8 byte) {
    {
        const LockGuard guard(input_lock_);
        if (tail_ - head_ == kept_size) {
            ++lost_;
            return;
        }
        kept_[tail_++ % kept_size] = byte;
    }
    feed_uart(domain);
    update_vuart_line(domain);
}

bool GuestConsole::has_room(u32 bytes) {
    const LockGuard guard(input_lock_);
    refused_ = kept_size - (tail_ - head_) < bytes;
    return !refused_;
}

bool GuestConsole::feed_uart(Domain& domain) {
    const LockGuard guard(input_lock_);
    while (head_ != tail_ && domain.uart.receive(kept_[head_ % kept_size])) {
        ++head_;
        ++taken_;
    }
    const bool has_room_again = refused_ && tail_ - head_ <= kept_size / 2;
    refused_ = refused_ && !has_room_again;
    return has_room_again;
}

u64 GuestConsole::taken() {
    const LockGuard guard(input_lock_);
    return taken_;
}

bool GuestConsole::show_log(ConsoleLog::Place& place) {
    const LockGuard guard(lock_);
    if (log_.lines() == 0) {
        return false;
    }
    if (!place.begun) {
        place = log_.first();
        log("the last {} lines that {} wrote:", log_.lines(), name_);
        return true;
    }
    TextBuffer<80> name;
    print(name, "{} (log)", name_);
    const auto show = [&](std::string_view line) { show_line(name.view(), line, 0, true); };
    if (log_.show_next(place, show)) {
        return true;
    }
    log("end of what {} wrote", name_);
    return false;
}

}  // namespace isthmus::core
