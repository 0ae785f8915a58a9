// SPDX-License-Identifier: Apache-2.0
#include "gictest/recorder.hpp"

#include "gictest/tests.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest::gictest {

constinit Gic gic;
constinit Recorder seen;
constinit Recorder seen_by_other;
constinit volatile u32 uart_repeats = 1;

void quiet_uart() {
    uart().set_interrupts(0);
    write32(uart().base() + Uart::interrupt_clear, Uart::transmit_interrupt);
}

void handle_interrupt() {
    const u32 acknowledged = gic.acknowledge();
    const u32 intid = acknowledged & 0x3ff;
    if (intid >= 1020) {
        return;
    }
    Recorder& log = this_cpu().index == 0 ? seen : seen_by_other;
    const u32 number = log.count;
    if (intid == timer_intid()) {
        stop_timer();
    }
    if (uart().intid() != 0 && intid == uart().intid() && number + 1 >= uart_repeats) {
        quiet_uart();
    }
    gic.end(acknowledged);
    if (number < log_size) {  // the other CPU goes on as soon as it is counted
        log.taken[number] = acknowledged;
        log.count = number + 1;
    }
    if (this_cpu().index != 0 && intid == sgi_to_answer) {
        gic.send_sgi(*tree().cpu(0), intid + 1);
    }
}

void let_in(u32 count) {
    unmask_irq();
    const u64 end = now() + milliseconds(count == 0 ? 1 : 2000);
    while (now() < end && (count == 0 || seen.count < count)) {
        relax();
    }
    mask_irq();
}

void begin() {
    mask_irq();
    seen.count = 0;
    seen_by_other.count = 0;
    for (u32 intid = 0; intid < 16; ++intid) {
        gic.set_priority(intid, usual_priority);
        gic.enable(intid);
    }
}

bool saw_only(u32 intid) {
    return seen.count == 1 && seen.intid(0) == intid;
}

void prepare_spi(u32 intid) {
    gic.disable(intid);
    gic.set_edge(intid, true);
    gic.route_here(intid);
    gic.set_priority(intid, usual_priority);
    gic.enable(intid);
}

bool takes(u32 intid) {
    const u64 end = now() + milliseconds(2000);
    u32 acknowledged = gic.acknowledge();
    while (acknowledged == intid_none && now() < end) {
        acknowledged = gic.acknowledge();
    }
    return acknowledged == intid;
}

bool takes_none() {
    return gic.acknowledge() == intid_none;
}

}  // namespace isthmus::guest::gictest
