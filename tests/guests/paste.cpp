// SPDX-License-Identifier: Apache-2.0
// Two people at one console. "role=sink" takes what is typed, by receive interrupts and slower than
// it comes, until Ctrl-D, and says how much it was and its checksum. "role=talk" writes numbered
// lines without end.
#include <span>

#include "runtime/checksum.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr char end_of_input = '\x04';
constexpr usize most = 1024 * 1024;
/// After so many bytes the sink looks away for a while, so that all that lies between fills up.
constexpr usize mouthful = 40'000;
constexpr u64 pause_milliseconds = 4000;

constinit Gic gic;
constinit std::byte received[most];
constinit volatile usize count = 0;
constinit volatile bool complete = false;

void handle_interrupt() {
    const u32 intid = gic.acknowledge();
    while (const auto c = uart().get()) {
        if (*c == end_of_input || count == most) {
            complete = true;
            break;
        }
        received[count] = static_cast<std::byte>(*c);
        count = count + 1;
        if (count % mouthful == 0) {
            wait_until(now() + milliseconds(pause_milliseconds));
        }
    }
    write32(uart().base() + Uart::interrupt_clear, Uart::receive_interrupt | Uart::receive_timeout);
    gic.end(intid);
}

void sink() {
    set_irq_handler(handle_interrupt);
    gic.open_cpu();
    gic.set_priority(uart().intid(), 0x80);
    gic.route_here(uart().intid());
    gic.enable(uart().intid());
    uart().set_interrupts(Uart::receive_interrupt | Uart::receive_timeout);
    say("sink: ready");
    mask_irq();
    while (!complete) {
        wfi();
        unmask_irq();
        isb();
        mask_irq();
    }
    say("sink: {} bytes, checksum {x}", usize{count},
        checksum(std::span<const std::byte>(received).first(count)));
}

[[noreturn]] void talk() {
    for (u64 line = 0;; ++line) {
        say("talk: line {} the quick brown fox jumps over the lazy dog", line);
    }
}

}  // namespace

void guest_main() {
    enable_mmu();
    if (tree().option("role") == "talk") {
        talk();
    }
    if (gic.open()) {
        sink();
    }
}

}  // namespace isthmus::guest
