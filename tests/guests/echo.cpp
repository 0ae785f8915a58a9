// SPDX-License-Identifier: Apache-2.0
// A prompt: prints "NAME> " without a line end, waits for a line by receive interrupts, repeats it.
// "quit" ends it. `name=` in the arguments tells two of them apart.
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {
namespace {

constinit Gic gic;
constinit TextBuffer<80> typed;
constinit volatile bool complete = false;

void handle_interrupt() {
    const u32 intid = gic.acknowledge();
    while (const auto c = uart().get()) {
        if (*c == '\r' || *c == '\n') {
            complete = true;
        } else {
            typed.write({&*c, 1});
        }
    }
    write32(uart().base() + Uart::interrupt_clear, Uart::receive_interrupt | Uart::receive_timeout);
    gic.end(intid);
}

/// Interrupts stay masked between looking and sleeping: wfi wakes all the same, and none is lost.
void wait_for_line() {
    mask_irq();
    while (!complete) {
        wfi();
        unmask_irq();
        isb();
        mask_irq();
    }
    complete = false;
}

}  // namespace

void guest_main() {
    enable_mmu();
    if (!gic.open()) {
        return;
    }
    set_irq_handler(handle_interrupt);
    gic.open_cpu();
    gic.set_priority(uart().intid(), 0x80);
    gic.route_here(uart().intid());
    gic.enable(uart().intid());
    uart().set_interrupts(Uart::receive_interrupt | Uart::receive_timeout);
    for (;;) {
        print(console(), "{}> ", tree().option("name", "echo"));
        wait_for_line();
        say("echo: got \"{}\"", typed.view());
        if (typed.view() == "quit") {
            return;
        }
        typed.clear();
    }
}

}  // namespace isthmus::guest
