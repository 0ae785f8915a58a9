// SPDX-License-Identifier: Apache-2.0
// Wants the CPU for itself until the machine's counter has come to at= seconds, in one of several
// ways: do=spin, trap (hypercalls), sgi (to itself), timer (an interrupt every 20 us), sleep (WFI,
// an interrupt every 100 us), doze (WFI, and the physical timer us= microseconds ahead, again and
// again). Says how late its interrupts came at most, how many steps it got to do, and how long it
// did none.
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
constinit u64 doze = 0;  ///< ticks
constinit u32 virtual_timer = 0;
constinit u64 steps = 0;
constinit u64 longest = 0;  ///< ticks between two steps

constexpr u32 physical_timer = 30;

void start_physical_timer(u64 ticks) {
    GUEST_WRITE_SYSREG(cntp_tval_el0, ticks);
    GUEST_WRITE_SYSREG(cntp_ctl_el0, 1);
}

void on_interrupt() {
    const u32 acknowledged = gic.acknowledge();
    if (acknowledged == intid_none) {
        return;
    }
    ++taken;
    if ((acknowledged & 0x3ff) == virtual_timer) {
        const u64 late = now() - next_tick;
        latest = late > latest ? late : latest;
        next_tick = now() + period;
        start_timer(next_tick);
    }
    if ((acknowledged & 0x3ff) == physical_timer) {
        GUEST_WRITE_SYSREG(cntp_ctl_el0, 0);
    }
    gic.end(acknowledged);
}

void open_interrupts() {
    if (!gic.open()) {
        die("busy: FAILED, no GIC");
    }
    gic.open_cpu();
    gic.set_priority_mask(0xff);
    virtual_timer = timer_intid();
    gic.enable(virtual_timer);
    gic.enable(physical_timer);
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
    } else if (what == "doze") {
        mask_irq();  // else it could be taken before WFI, which nothing would end then
        start_physical_timer(doze);
        wfi();
        unmask_irq();
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
    doze = milliseconds(tree().number_option("us", 10)) / 1000;
    open_interrupts();
    u64 last = now();
    for (u64 time = last; static_cast<i64>(time - end) < 0; time = now()) {
        longest = time - last > longest ? time - last : longest;
        last = time;
        one_step(what);
        ++steps;
    }
    mask_irq();
    stop_timer();
    say("busy: {} done, {} interrupts, at most {} us late, {} steps, at most {} us apart", what,
        taken, latest * 1000 / milliseconds(1), steps, longest * 1000 / milliseconds(1));
}

}  // namespace isthmus::guest
