// SPDX-License-Identifier: Apache-2.0
// Lines of devices: the timer's, which is the machine's own, and the UART's, which may be emulated.
#include "gictest/recorder.hpp"
#include "gictest/tests.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest::gictest {
namespace {

/// A PL011 raises its transmit interrupt when the FIFO runs empty, and keeps it up until told.
void raise_uart() {
    gic.route_here(uart().intid());
    gic.set_priority(uart().intid(), usual_priority);
    gic.enable(uart().intid());
    uart().set_interrupts(Uart::transmit_interrupt);
    uart().put('\n');
}

}  // namespace

bool timer() {
    const u32 intid = timer_intid();
    gic.set_priority(intid, usual_priority);
    gic.enable(intid);
    start_timer(now() + milliseconds(5));
    let_in(1);
    const bool first = saw_only(intid);
    start_timer(now() + milliseconds(5));
    while (seen.count < 2 && now() < GUEST_READ_SYSREG(cntv_cval_el0) + milliseconds(2000)) {
        wfi();  // wakes although interrupts are masked
        let_in(0);
    }
    gic.disable(intid);
    return first && seen.count == 2 && seen.intid(1) == intid;
}

/// Disabled, the timer's interrupt shows what its line does: it is no latch. Enabled after the line
/// has fallen, it does not come.
bool timer_follows_its_line() {
    const u32 intid = timer_intid();
    constexpr u64 enable = 1;
    constexpr u64 masked = 3;
    gic.disable(intid);
    start_timer(now() + milliseconds(2000));
    const bool early = gic.is_pending(intid);
    start_timer(now());
    const bool due = gic.is_pending(intid);
    GUEST_WRITE_SYSREG(cntv_ctl_el0, masked);
    isb();
    const bool while_masked = gic.is_pending(intid);
    GUEST_WRITE_SYSREG(cntv_ctl_el0, enable);
    isb();
    const bool due_again = gic.is_pending(intid);
    stop_timer();
    gic.enable(intid);
    const bool stopped = gic.is_pending(intid);
    let_in(0);
    start_timer(now());  // pending in a list register
    const bool listed = gic.is_pending(intid);
    stop_timer();
    const bool afterwards = gic.is_pending(intid);
    let_in(0);
    gic.disable(intid);
    return !early && due && !while_masked && due_again && !stopped && listed && !afterwards &&
           seen.count == 0;
}

bool uart_level() {
    if (uart().intid() == 0) {
        return false;
    }
    raise_uart();
    let_in(1);
    let_in(0);
    gic.disable(uart().intid());
    return saw_only(uart().intid());
}

/// As long as a line is up, its interrupt comes again after each end, and no longer.
bool uart_stays_up() {
    constexpr u32 times = 5;
    uart_repeats = times;
    raise_uart();
    let_in(times);
    let_in(0);
    bool right = seen.count == times;
    for (u32 i = 0; i < seen.count; ++i) {
        right = right && seen.intid(i) == uart().intid();
    }
    seen.count = 0;
    raise_uart();
    gic.disable(uart().intid());  // up, but not let through
    let_in(0);
    right = right && seen.count == 0 && gic.is_pending(uart().intid());
    quiet_uart();
    right = right && !gic.is_pending(uart().intid());
    gic.enable(uart().intid());
    let_in(0);
    gic.disable(uart().intid());
    uart_repeats = 1;
    return right && seen.count == 0;
}

}  // namespace isthmus::guest::gictest
