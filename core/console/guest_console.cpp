// SPDX-License-Identifier: Apache-2.0
#include "core/console/guest_console.hpp"

#include "core/console/console.hpp"
#include "core/domain/domain.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

/// How long an unfinished line waits for its end: 1/50 s.
constexpr u64 patience_divisor = 50;

}  // namespace

void GuestConsole::put(Vcpu& vcpu, char c) {
    const LockGuard guard(lock_);
    if (!line_.has_room_for(c)) {
        cut_line();
    }
    if (form_ == TextForm::raw ? line_.put_raw(c) : line_.put(c)) {
        end_line();
    } else if (!vcpu.console_deadline.armed && line_.is_changed()) {
        show_later(vcpu);
    }
}

void GuestConsole::show_later(Vcpu& vcpu) {
    arm_timer(vcpu.console_deadline,
              arch::counter() + arch::counter_frequency() / patience_divisor);
}

void GuestConsole::end_line() {
    show_line(name_, line_.view(), line_.shown(), true, {.form = form_, .is_rest = is_rest_},
              *output_);
    log_.append(line_.view(), ConsoleLog::Kind::whole);
    line_.clear();
    is_rest_ = false;
}

void GuestConsole::cut_line() {
    const std::string_view piece = line_.piece();
    const usize shown = line_.shown() <= piece.size() ? line_.shown() : 0;
    show_line(name_, piece, shown, true, {.form = form_, .is_rest = is_rest_}, *output_);
    log_.append(piece, ConsoleLog::Kind::cut);
    line_.cut();
    is_rest_ = true;
}

bool GuestConsole::flush() {
    const bool is_second_shown = second_ == nullptr || second_->flush();
    const LockGuard guard(lock_);
    if (!line_.is_changed()) {
        return is_second_shown;
    }
    if (!has_output_room()) {
        return false;
    }
    // What may become a character of UTF-8 waits for its rest.
    const usize whole = line_.view().size() - unfinished_character(line_.view());
    if (line_.cursor() < line_.view().size()) {
        const LineLook look{.form = form_, .is_rest = is_rest_, .cursor = line_.cursor()};
        show_line(name_, line_.view(), 0, false, look, *output_);
        line_.set_shown(line_.view().size());
    } else if (line_.is_stale() || whole > line_.shown()) {
        const LineLook look{.form = form_, .is_rest = is_rest_};
        show_line(name_, {line_.view().data(), whole}, line_.shown(), false, look, *output_);
        line_.set_shown(whole);
    }
    return is_second_shown;
}

void GuestConsole::finish() {
    if (second_ != nullptr) {
        second_->finish();
    }
    const LockGuard guard(lock_);
    line_.give_up_sequence();
    if (line_.is_open()) {
        end_line();
    }
}

void GuestConsole::type(u8 byte) {
    {
        const LockGuard guard(input_lock_);
        if (tail_ - head_ == kept_size) {
            ++lost_;
            return;
        }
        kept_[tail_++ % kept_size] = byte;
    }
    feed();
    update_device();
    if (typed_ != nullptr) {
        typed_(typed_context_);
    }
}

/// A kernel's console by Xen's interface and its UART may both be there, and only one have a
/// reader.
const ConsoleReceiver& GuestConsole::receiver() const {
    if (ring_.device == nullptr) {
        return receiver_;
    }
    const bool is_first = receiver_.device != nullptr &&
                          (receiver_.listens(receiver_.device) || !ring_.listens(ring_.device));
    return is_first ? receiver_ : ring_;
}

bool GuestConsole::has_room(u32 bytes) {
    const LockGuard guard(input_lock_);
    refused_ = kept_size - (tail_ - head_) < bytes;
    return !refused_;
}

bool GuestConsole::feed() {
    const LockGuard guard(input_lock_);
    const ConsoleReceiver& to = receiver();
    while (to.device != nullptr && head_ != tail_ &&
           to.receive(to.device, kept_[head_ % kept_size])) {
        ++head_;
        ++taken_;
    }
    const bool has_room_again = refused_ && tail_ - head_ <= kept_size / 2;
    refused_ = refused_ && !has_room_again;
    return has_room_again;
}

void GuestConsole::forget_input() {
    called_.store(0);
    const LockGuard guard(input_lock_);
    head_ = tail_;
    refused_ = false;
}

std::optional<u8> GuestConsole::take() {
    const ConsoleReceiver& from = receiver();
    if (from.device != nullptr) {
        return from.take(from.device);
    }
    const LockGuard guard(input_lock_);
    if (head_ == tail_) {
        return std::nullopt;
    }
    ++taken_;
    return kept_[head_++ % kept_size];
}

void GuestConsole::update_device() {
    const ConsoleReceiver& of = receiver();
    if (of.device != nullptr) {
        of.update(of.device);
    }
}

u64 GuestConsole::taken() {
    const LockGuard guard(input_lock_);
    return taken_;
}

u64 GuestConsole::lost_input() {
    const LockGuard guard(input_lock_);
    return lost_;
}

bool GuestConsole::show_log(ConsoleLog::Place& place) {
    const LockGuard guard(lock_);
    if (log_.lines() == 0) {
        return false;
    }
    if (!has_output_room()) {
        return true;
    }
    if (!place.begun) {
        place = log_.first();
        log("the last {} lines that {} wrote:", log_.lines(), name_);
        return true;
    }
    TextBuffer<80> name;
    print(name, "{} (log)", name_);
    const auto show = [&](std::string_view line, bool is_rest) {
        show_line(name.view(), line, 0, true, {.form = form_, .is_rest = is_rest}, *output_);
    };
    if (log_.show_next(place, show)) {
        return true;
    }
    log("end of what {} wrote", name_);
    return false;
}

}  // namespace isthmus::core
