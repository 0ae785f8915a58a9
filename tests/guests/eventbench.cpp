// SPDX-License-Identifier: Apache-2.0
// Counts what a ring by a static event channel costs, under QEMU's `-icount shift=0,sleep=off`,
// where one instruction is one nanosecond of the counter. `role=a port=N at=ADDRESS` rings
// `role=b`, which sleeps in WFI, notes when the first instruction of its vector is executed, and
// rings back. A prints "bench: NAME COUNT" lines:
//
//   event-send    until A's own next instruction
//   event-one-way until B's vector
//   event-round   until A's vector, after B has looked and rung back
//   event-again   a ring while the one before is still pending
#include <algorithm>
#include <array>

#include "runtime/gic.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"
#include "runtime/xen.hpp"

extern "C" char eventbench_vectors[];

namespace isthmus::guest {
namespace {

constexpr u64 rounds = 256;

struct Page {
    u64 ready;    ///< B has been asleep, or is about to be, so often
    u64 arrived;  ///< when
};

constinit Gic gic;

/// Asleep until eventbench/vectors.S has taken an interrupt: the count at its first instruction.
u64 wait_asleep() {
    u64 count = 0;
    asm volatile(
        "mov x10, #0\n"
        "msr daifclr, #2\n"
        "1: wfi\n"
        "cbz x10, 1b\n"
        "msr daifset, #2\n"
        "mov %[count], x10\n"
        : [count] "=&r"(count)
        :
        : "x9", "x10", "x11", "cc", "memory");
    return count;
}

struct Rung {
    u64 before;
    u64 after;
};
/// Nothing but the hypercall stands between the two looks at the counter.
Rung ring(const u32& port) {
    Rung rung{};
    asm volatile(
        "mov x0, %[send]\n"
        "mov x1, %[port]\n"
        "mov x16, %[number]\n"
        "isb\n"
        "mrs %[before], cntvct_el0\n"
        "hvc #0xea1\n"
        "mrs %[after], cntvct_el0\n"
        : [before] "=&r"(rung.before), [after] "=&r"(rung.after)
        : [send] "r"(xen::send), [port] "r"(&port), [number] "r"(xen::event_channel_op)
        : "x0", "x1", "x2", "x3", "x4", "x16", "memory");
    return rung;
}

u64 instructions(u64 ticks) {
    return ticks * (1'000'000'000 / GUEST_READ_SYSREG(cntfrq_el0));
}

/// What was counted in each round. The emulator may take a CPU's turn just before its WFI: such a
/// round is a hundred thousand instructions long and says nothing, so the middle one is told.
class Counts {
  public:
    void add(u64 ticks) { counted_[size_++] = ticks; }
    u64 middle() {
        std::sort(counted_.begin(), counted_.begin() + size_);
        return instructions(counted_[size_ / 2]);
    }

  private:
    std::array<u64, rounds> counted_{};
    usize size_ = 0;
};

void ring_all(u32 port, Page& page) {
    Counts send;
    Counts one_way;
    Counts round;
    for (u64 i = 1; i <= rounds; ++i) {
        while (__atomic_load_n(&page.ready, __ATOMIC_ACQUIRE) != i) {
            asm volatile("yield");
        }
        // B is asleep by then, and the budget of the channel lets the next ring through at once.
        for (u64 step = 0; step < 64 * 1024 + i; ++step) {
            asm volatile("nop");
        }
        const Rung rung = ring(port);
        const u64 back = wait_asleep();
        xen::take_event(port);
        send.add(rung.after - rung.before);
        one_way.add(__atomic_load_n(&page.arrived, __ATOMIC_ACQUIRE) - rung.before);
        round.add(back - rung.before);
    }
    u64 again = 0;
    for (u64 i = 0; i < rounds; ++i) {
        for (u64 step = 0; step < i; ++step) {
            asm volatile("nop");
        }
        const Rung rung = ring(port);
        again += rung.after - rung.before;
    }
    say("bench: event-again {}", instructions(again) / rounds);
    say("bench: event-send {}", send.middle());
    say("bench: event-one-way {}", one_way.middle());
    say("bench: event-round {}", round.middle());
}

void answer_all(u32 port, Page& page) {
    for (u64 i = 1; i <= rounds; ++i) {
        __atomic_store_n(&page.ready, i, __ATOMIC_RELEASE);
        const u64 arrived = wait_asleep();
        xen::take_event(port);
        page.arrived = arrived;
        ring(port);
    }
}

}  // namespace

void guest_main() {
    enable_mmu();
    GUEST_WRITE_SYSREG(vbar_el1, reinterpret_cast<u64>(eventbench_vectors));
    isb();
    const auto port = static_cast<u32>(tree().number_option("port", 0));
    auto& page = *reinterpret_cast<Page*>(tree().number_option("at", 0));
    if (!gic.open() || gic.version() != 3 || !xen::open_events()) {
        say("bench: FAILED");
        return;
    }
    gic.open_cpu();
    gic.clear_pending(xen::event_intid);
    xen::vcpu_info().upcall_pending = 0;
    xen::vcpu_info().pending_words = 0;
    gic.enable(xen::event_intid);
    if (tree().option("role") == "a") {
        ring_all(port, page);
    } else {
        answer_all(port, page);
    }
}

}  // namespace isthmus::guest
