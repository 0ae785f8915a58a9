// SPDX-License-Identifier: Apache-2.0
// Wants the CPU for itself until the machine's counter has come to at= seconds, in one of several
// ways: do=spin, trap (hypercalls), sgi (to itself), timer (an interrupt every 20 us), sleep (WFI,
// an interrupt every 100 us). Says how late its interrupts came at most.
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constinit Gic gic;
constinit u64 period = 0;     ///< ticks between timer interrupts; 0: none
constinit u64 next_tick = 0;  ///< when the timer's interrupt is due
constinit u64 latest = 0;     ///< ticks between its being due and its handler, at most
constinit u64 taken = 0;

void on_interrupt() {
    const u32 acknowledged = gic.acknowledge();
    if (acknowledged == intid_none) {
        return;
    }
    ++taken;
    if ((acknowledged & 0x3ff) == timer_intid()) {
        const u64 late = now() - next_tick;
        latest = late > latest ? late : latest;
        next_tick = now() + period;
        start_timer(next_tick);
    }
    gic.end(acknowledged);
}

void open_interrupts() {
    if (!gic.open()) {
        die("busy: FAILED, no GIC");
    }
    gic.open_cpu();
    gic.set_priority_mask(0xff);
    gic.enable(timer_intid());
    set_irq_handler(on_interrupt);
    if (period != 0) {
        next_tick = now() + period;
        start_timer(next_tick);
    }
    unmask_irq();
}

void one_step(std::string_view what) {
    if (what == "trap") {
        hvc(psci::features, psci::version);
    } else if (what == "sgi") {
        gic.send_sgi_to_self(1);
    } else if (what == "sleep") {
        wfi();
    }
}

}  // namespace

void guest_main() {
    enable_mmu();
    const std::string_view what = tree().option("do", "spin");
    const u64 end = milliseconds(1000) * tree().number_option("at", 3);
    if (what == "timer" || what == "sleep") {
        period = milliseconds(1) / (what == "timer" ? 50 : 10);
    }
    open_interrupts();
    while (static_cast<i64>(now() - end) < 0) {
        one_step(what);
    }
    mask_irq();
    stop_timer();
    say("busy: {} done, {} interrupts, at most {} us late", what, taken,
        latest * 1000 / milliseconds(1));
}

}  // namespace isthmus::guest
