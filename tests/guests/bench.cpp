// SPDX-License-Identifier: Apache-2.0
// Counts instructions under QEMU's `-icount shift=0,sleep=off`, where one instruction is one
// nanosecond of the counter. Prints "bench: NAME COUNT" lines; `do=start` only the first.
#include "runtime/gic.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

extern "C" char bench_vectors[];

namespace isthmus::guest {
namespace {

constexpr u64 rounds = 1024;
constexpr u64 interrupt_rounds = 64;

constinit Gic gic;

u64 instructions(u64 ticks) {
    return ticks * (1'000'000'000 / GUEST_READ_SYSREG(cntfrq_el0));
}

/// Times `rounds` passes over one instruction, with x0, x16 and x1 (an address) set before each.
/// The same loop without it is subtracted: what is left is the instruction and all that it sets
/// off.
#define BENCH_LOOP(instruction, function, address)                                    \
    __extension__({                                                                   \
        const u64 bench_start = now();                                                \
        asm volatile(                                                                 \
            "mov x9, %[count]\n"                                                      \
            "1: mov x0, %[x0]\n"                                                      \
            "mov x1, %[x1]\n"                                                         \
            "mov x16, %[x0]\n" instruction                                            \
            "\n"                                                                      \
            "subs x9, x9, #1\n"                                                       \
            "b.ne 1b\n" ::[count] "r"(rounds),                                        \
            [x0] "r"(static_cast<u64>(function)), [x1] "r"(static_cast<u64>(address)) \
            : "x0", "x1", "x2", "x3", "x9", "x16", "cc", "memory");                   \
        now() - bench_start;                                                          \
    })

#define BENCH(name, instruction, function, address)                                                \
    do {                                                                                           \
        const u64 bench_empty = BENCH_LOOP("", function, address);                                 \
        const u64 bench_full = BENCH_LOOP(instruction, function, address);                         \
        say("bench: {} {}", name, (instructions(bench_full - bench_empty) + rounds / 2) / rounds); \
    } while (false)

struct Taken {
    u64 count = 0;
    u64 intid = 0;
};

/// Waits until bench/vectors.S has taken an interrupt. `start` runs with interrupts open.
#define BENCH_WAIT(before, loop, argument)                                                \
    __extension__({                                                                       \
        Taken bench_taken;                                                                \
        asm volatile("mov x10, #0\n" before                                               \
                     "\n"                                                                 \
                     "1: " loop                                                           \
                     "\n"                                                                 \
                     "cbz x10, 1b\n"                                                      \
                     "msr daifset, #2\n"                                                  \
                     "mov %[count], x10\n"                                                \
                     "mov %[intid], x11\n"                                                \
                     : [count] "=&r"(bench_taken.count), [intid] "=&r"(bench_taken.intid) \
                     : [value] "r"(static_cast<u64>(argument))                            \
                     : "x9", "x10", "x11", "cc", "memory");                               \
        bench_taken;                                                                      \
    })

/// Moves the start of a measurement within the counter's tick, so that rounding averages out.
void shift_phase(u64 steps) {
    for (u64 i = 0; i < steps; ++i) {
        asm volatile("nop");
    }
}

void timer_latency(std::string_view name, bool sleeping) {
    u64 ticks = 0;
    for (u64 i = 0; i < interrupt_rounds; ++i) {
        shift_phase(i);
        const u64 when = now() + 200;  // some 3200 instructions ahead
        start_timer(when);
        const Taken taken = sleeping ? BENCH_WAIT("msr daifclr, #2", "wfi", 0)
                                     : BENCH_WAIT("msr daifclr, #2", "nop", 0);
        ticks += taken.count - when;
    }
    say("bench: {} {}", name, instructions(ticks) / interrupt_rounds);
}

void sgi_latency() {
    const u64 mpidr = GUEST_READ_SYSREG(mpidr_el1);
    const u64 self =
        (mpidr & 0xff00) << 8 | (mpidr & 0xff'0000) << 16 | u64{1} << (mpidr & 0xf) | u64{1} << 24;
    u64 ticks = 0;
    for (u64 i = 0; i < interrupt_rounds; ++i) {
        shift_phase(i);
        isb();
        const u64 start = GUEST_READ_SYSREG(cntvct_el0);
        const Taken taken =
            BENCH_WAIT("msr daifclr, #2\nmsr icc_sgi1r_el1, %[value]\nisb", "nop", self);
        ticks += taken.count - start;
    }
    say("bench: sgi-to-self {}", instructions(ticks) / interrupt_rounds);
}

void interrupts() {
    GUEST_WRITE_SYSREG(vbar_el1, reinterpret_cast<u64>(bench_vectors));
    isb();
    gic.open_cpu();
    gic.enable(1);
    gic.enable(timer_intid());
    timer_latency("timer-spinning", false);
    timer_latency("timer-wfi", true);
    sgi_latency();
}

}  // namespace

void guest_main() {
    // The physical counter starts with the machine; an offset of the virtual one is taken off
    // again.
    const u64 offset = GUEST_READ_SYSREG(cntpct_el0) - GUEST_READ_SYSREG(cntvct_el0);
    say("bench: start {}", instructions(entry_count() + offset));
    if (tree().option("do") == "start") {
        return;
    }
    constexpr u64 unknown_hypercall = 63;
    BENCH("hypercall-nothing", "hvc #0xea1", unknown_hypercall, 0);
    BENCH("smccc-unknown", "hvc #0", 0xc600'1234, 0);
    BENCH("psci-version", "hvc #0", psci::version, 0);
    if (gic.open() && gic.version() == 3) {
        using namespace gic_registers;
        BENCH("gicd-typer", "ldr w0, [x1]", 0, gic.distributor() + gicd_typer);
        BENCH("gicr-typer", "ldr x0, [x1]", 0, gic.redistributor() + gicr_typer);
    }
    BENCH("uart-flags", "ldr w0, [x1]", 0, uart().base() + Uart::flags);
    BENCH("uart-write", "str w0, [x1]", '.', uart().base() + Uart::data);
    say("");
    interrupts();
    say("bench: done");
}

}  // namespace isthmus::guest
