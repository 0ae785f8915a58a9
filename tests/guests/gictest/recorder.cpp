// SPDX-License-Identifier: Apache-2.0
#include "gictest/recorder.hpp"

#include "runtime/exceptions.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest::gictest {
namespace {

constinit u32 failed = 0;

}  // namespace

constinit Gic gic;
constinit Recorder seen;

void handle_interrupt() {
    const u32 acknowledged = gic.acknowledge();
    const u32 intid = acknowledged & 0x3ff;
    if (intid >= 1020) {
        return;
    }
    if (intid == timer_intid()) {
        stop_timer();
    }
    if (uart().intid() != 0 && intid == uart().intid()) {
        uart().set_interrupts(0);
        write32(uart().base() + Uart::interrupt_clear, Uart::transmit_interrupt);
    }
    if (this_cpu().index != 0) {
        seen.on_second_cpu = intid;
        gic.end(acknowledged);
        gic.send_sgi(*tree().cpu(0), intid + 1);
        return;
    }
    if (seen.count < log_size) {
        seen.intids[seen.count] = intid;
        seen.count = seen.count + 1;
    }
    gic.end(acknowledged);
}

void report(std::string_view name, bool passed) {
    failed += passed ? 0 : 1;
    say("gictest: {} {}", name, passed ? "ok" : "FAILED");
    if (!passed) {
        for (u32 i = 0; i < seen.count; ++i) {
            say("gictest: interrupt {} was {}", i, u32{seen.intids[i]});
        }
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
    for (u32 intid = 0; intid < 16; ++intid) {
        gic.set_priority(intid, usual_priority);
        gic.enable(intid);
    }
}

bool saw_only(u32 intid) {
    return seen.count == 1 && seen.intids[0] == intid;
}

u32 failures() {
    return failed;
}

}  // namespace isthmus::guest::gictest
