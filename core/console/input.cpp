// SPDX-License-Identifier: Apache-2.0
#include "core/console/input.hpp"

#include <algorithm>

#include "core/domain/domain.hpp"
#include "core/operator/prompt.hpp"
#include "isthmus/arch/console.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::core {
namespace {

constexpr u8 switch_presses = 3;

/// Of the machine's one UART. The lock comes before those of guests' consoles and their devices.
struct Input {
    SpinLock lock;
    usize focus ISTHMUS_GUARDED_BY(lock) = 0;       ///< index into domains(); behind them: Isthmus
    bool is_open ISTHMUS_GUARDED_BY(lock) = false;  ///< nobody took input when it began
    u8 switch_key ISTHMUS_GUARDED_BY(lock) = 1;
    u8 switch_count ISTHMUS_GUARDED_BY(lock) = 0;  ///< presses not yet known to be the guest's
    bool paused ISTHMUS_GUARDED_BY(lock) =
        false;  ///< the UART does not interrupt: the guest in focus has no room
    bool giving_up ISTHMUS_GUARDED_BY(lock) =
        false;                               ///< what the guest in focus has no room for is dropped
    u64 taken ISTHMUS_GUARDED_BY(lock) = 0;  ///< by that guest, when the pause began
    SoftTimer patience ISTHMUS_GUARDED_BY(lock);  ///< of the CPU that has the UART's interrupt
};
constinit Input input;

bool takes_input(const Domain& domain) {
    return domain.console.takes_input();
}

ISTHMUS_REQUIRES((input.lock)) Domain* in_focus() {
    return input.focus == domains().size() ? nullptr : &domains()[input.focus];
}

ISTHMUS_REQUIRES((input.lock)) void focus_on(usize index, std::string_view name) {
    input.focus = index;
    input.is_open = false;
    input.giving_up = false;
    log("input goes to {} (Ctrl-{} three times moves it)", name,
        static_cast<char>(input.switch_key + 'a' - 1));
}

/// To the next that takes input; behind the last domain Isthmus itself comes, where it may.
ISTHMUS_REQUIRES((input.lock)) void move_focus() {
    const std::span<Domain> all = domains();
    const usize stops = all.size() + 1;
    for (usize step = 1; step <= stops; ++step) {
        const usize next = (input.focus + step) % stops;
        if (next == all.size() && has_prompt()) {
            focus_on(next, "Isthmus itself: type help");
            enter_prompt();
            return;
        }
        if (next != all.size() && takes_input(all[next])) {
            focus_on(next, all[next].plan->name);
            return;
        }
    }
}

/// `domain`: nullptr for Isthmus.
ISTHMUS_REQUIRES((input.lock)) void type(Domain* domain, u8 byte) {
    if (byte == input.switch_key) {
        if (++input.switch_count == switch_presses) {
            input.switch_count = 0;
            move_focus();
        }
        return;
    }
    if (domain == nullptr || !takes_input(*domain)) {
        input.switch_count = 0;
        if (domain == nullptr && has_prompt()) {
            type_at_prompt(byte);
        }
        return;
    }
    for (; input.switch_count != 0; --input.switch_count) {
        domain->console.type(input.switch_key);  // it was meant for the guest after all
    }
    domain->console.type(byte);
}

/// Room for all that one byte may bring with it; or nobody will ever make room.
ISTHMUS_REQUIRES((input.lock)) bool can_go_on(Domain* domain) {
    if (domain == nullptr || !takes_input(*domain) || domain->is_over()) {
        return true;
    }
    if (domain->console.has_room(switch_presses)) {
        input.giving_up = false;
        return true;
    }
    return input.giving_up;
}

/// Arms on this CPU, so only for the one that has the UART's interrupt.
ISTHMUS_REQUIRES((input.lock)) void pause(Domain& domain) {
    input.taken = domain.console.taken();
    arm_timer(input.patience, arch::counter() + input_patience * arch::counter_frequency());
    if (!input.paused) {
        input.paused = true;
        arch::listen_to_console(false);
    }
}

ISTHMUS_REQUIRES((input.lock)) void go_on() {
    if (input.paused) {
        input.paused = false;
        arch::listen_to_console(true);
    }
}

/// False when bytes had to be left. A UART that never runs empty does not keep its CPU for ever.
ISTHMUS_REQUIRES((input.lock)) bool read_typed() {
    constexpr u32 most_at_once = 64 * KiB;
    for (u32 bytes = 0; bytes < most_at_once; ++bytes) {
        if (input.is_open && std::ranges::any_of(domains(), takes_input)) {
            move_focus();  // one has asked for input since, by Xen's console calls
        }
        Domain* const domain = in_focus();
        if (!can_go_on(domain)) {
            pause(*domain);
            return false;
        }
        const int byte = arch::read_console();
        if (byte < 0) {
            return true;
        }
        type(domain, static_cast<u8>(byte));
    }
    return true;
}

ISTHMUS_REQUIRES((input.lock)) void read_and_acknowledge() {
    if (read_typed()) {
        go_on();
        arch::acknowledge_console();
        read_typed();  // what came between
    }
}

/// The guest has not made room for so long. While it reads at all, it is only slow.
void on_patience_end(SoftTimer&, void*) {
    const LockGuard guard(input.lock);
    if (!input.paused) {
        return;
    }
    Domain& domain = *in_focus();
    if (domain.console.taken() != input.taken) {
        pause(domain);
        return;
    }
    log_as(LogKind::warning, "{} reads no input: what is typed for it is dropped",
           domain.plan->name);
    input.giving_up = true;
    read_and_acknowledge();
}

}  // namespace

void start_input(char conswitch) {
    const LockGuard guard(input.lock);
    input.switch_key = static_cast<u8>(conswitch - 'a' + 1);
    input.switch_count = 0;
    input.paused = false;
    input.giving_up = false;
    input.patience = SoftTimer{.fire = on_patience_end};
    input.focus = domains().size();
    reset_prompt();
    input.is_open = true;
    if (std::ranges::any_of(domains(), takes_input)) {
        move_focus();
    }
}

void on_console_input() {
    const LockGuard guard(input.lock);
    read_and_acknowledge();
}

usize take_typed(Domain& domain, std::span<std::byte> bytes) {
    usize count = 0;
    bool has_room_again = false;
    while (count < bytes.size()) {
        has_room_again = domain.console.feed() || has_room_again;
        const auto byte = domain.console.take();
        if (!byte) {
            break;
        }
        bytes[count++] = static_cast<std::byte>(*byte);
    }
    has_room_again = domain.console.feed() || has_room_again;
    if (has_room_again) {
        resume_input();
    }
    domain.console.update_device();
    return count;
}

void resume_input() {
    const LockGuard guard(input.lock);
    go_on();
}

}  // namespace isthmus::core
