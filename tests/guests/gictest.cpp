// SPDX-License-Identifier: Apache-2.0
// The interrupt controller from the guest's side. Each test prints "gictest: NAME ok" or FAILED,
// the last line says how many failed.
#include "gictest/recorder.hpp"
#include "runtime/cpus.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

using namespace gictest;

constinit volatile bool second_ready = false;

void test_sgi_to_self() {
    begin();
    gic.send_sgi_to_self(3);
    let_in(1);
    let_in(0);
    report("sgi-self", saw_only(3));
}

void prepare_spi(u32 intid) {
    gic.set_edge(intid, true);
    gic.route_here(intid);
    gic.set_priority(intid, usual_priority);
}

/// With an SPI: a GICv2 may keep its SGIs enabled for ever.
void test_disabled() {
    begin();
    prepare_spi(first_spi);
    gic.disable(first_spi);
    gic.set_pending(first_spi);
    let_in(0);
    const bool kept_out = seen.count == 0 && gic.is_pending(first_spi);
    gic.enable(first_spi);
    let_in(1);
    gic.disable(first_spi);
    report("disable-enable", kept_out && saw_only(first_spi));
}

void test_clear_pending() {
    begin();
    prepare_spi(first_spi);
    gic.set_pending(first_spi);
    const bool was_pending = gic.is_pending(first_spi);
    gic.clear_pending(first_spi);
    gic.enable(first_spi);
    let_in(0);
    report("clear-pending", was_pending && seen.count == 0);
}

void test_priority_mask() {
    begin();
    gic.set_priority_mask(0x40);
    gic.send_sgi_to_self(6);
    let_in(0);
    const bool kept_out = seen.count == 0;
    gic.set_priority_mask(0xff);
    let_in(1);
    report("priority-mask", kept_out && saw_only(6));
}

/// The most urgent comes first, whatever was raised first.
void test_priority_order() {
    begin();
    for (u32 intid = 0; intid < 8; ++intid) {
        gic.set_priority(intid, static_cast<u8>(0xe0 - intid * 0x10));
        gic.send_sgi_to_self(intid);
    }
    let_in(8);
    bool ordered = seen.count == 8;
    for (u32 i = 0; ordered && i < 8; ++i) {
        ordered = seen.intids[i] == 7 - i;
    }
    report("priority-order", ordered);
}

/// 16 SGIs and 16 SPIs at once: more than any machine has list registers.
void test_many_pending() {
    begin();
    for (u32 i = 0; i < 16; ++i) {
        prepare_spi(first_spi + i);
        gic.enable(first_spi + i);
    }
    for (u32 i = 0; i < 16; ++i) {
        gic.send_sgi_to_self(i);
        gic.set_pending(first_spi + i);
    }
    let_in(32);
    let_in(0);
    u64 sgis = 0;
    u64 spis = 0;
    for (u32 i = 0; i < seen.count; ++i) {
        (seen.intids[i] < 16 ? sgis : spis) |= u64{1} << seen.intids[i] % 16;
    }
    report("more-than-list-registers", seen.count == 32 && sgis == 0xffff && spis == 0xffff);
}

void test_timer() {
    begin();
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
    report("timer", first && seen.count == 2 && seen.intids[1] == intid);
    gic.disable(intid);
}

void test_uart() {
    begin();
    if (uart().intid() == 0) {
        return report("uart-level", false);
    }
    gic.route_here(uart().intid());
    gic.set_priority(uart().intid(), usual_priority);
    gic.enable(uart().intid());
    uart().set_interrupts(Uart::transmit_interrupt);
    uart().put('\n');  // a PL011 raises it when the transmit FIFO runs empty
    let_in(1);
    let_in(0);
    report("uart-level", saw_only(uart().intid()));
    gic.disable(uart().intid());
}

void second_cpu() {
    gic.open_cpu();
    for (u32 intid = 0; intid < 16; ++intid) {
        gic.set_priority(intid, usual_priority);
        gic.enable(intid);
    }
    second_ready = true;
    unmask_irq();
    const u64 end = now() + milliseconds(3000);
    while (seen.on_second_cpu == 0 && now() < end) {
        wfi();
    }
    mask_irq();
}

void test_second_cpu() {
    begin();
    if (!tree().cpu(1)) {
        return say("gictest: sgi-other skipped, one CPU");
    }
    const i64 started = start_cpu(1, second_cpu);
    const u64 end = now() + milliseconds(3000);
    while (started == 0 && !second_ready && now() < end) {
        relax();
    }
    gic.send_sgi(*tree().cpu(1), 8);
    let_in(1);  // the other CPU answers with SGI 9
    report("sgi-other", started == 0 && seen.on_second_cpu == 8 && saw_only(9));
}

}  // namespace

void guest_main() {
    enable_mmu();
    if (!gic.open()) {
        say("gictest: FAILED: no interrupt controller in the tree");
        return;
    }
    set_irq_handler(handle_interrupt);
    gic.open_cpu();
    say("gictest: GICv{}", gic.version());
    test_sgi_to_self();
    test_disabled();
    test_clear_pending();
    test_priority_mask();
    test_priority_order();
    test_many_pending();
    test_timer();
    test_uart();
    test_second_cpu();
    say(failures() == 0 ? "gictest: all ok" : "gictest: {} FAILED", failures());
}

}  // namespace isthmus::guest
