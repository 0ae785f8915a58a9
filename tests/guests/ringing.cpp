// SPDX-License-Identifier: Apache-2.0
// How long a doorbell takes, in instructions (tests/bench), between two guests that sleep in WFI:
// `role=ring` measures, `role=answer` rings back at once. `role=sgi`, with two CPUs, the same with
// SGIs from CPU to CPU of one guest. Prints "bench: NAME COUNT" lines.
//
//     ring   ─start─HVC─sent─WFI ............................ vector ─▶ round trip
//     answer ................... vector ─HVC─ notes the vector's time ─▶ one way
#include "isthmus/atomic.hpp"
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/cpus.hpp"
#include "runtime/doorbells.hpp"
#include "runtime/gic.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

extern "C" char ringing_vectors[];

namespace isthmus::guest {
namespace {

constexpr u64 bursts = 8;
constexpr u64 burst = 16;  // within the budget of a doorbell
constexpr u32 sgi = 1;

constinit Gic gic;

/// What the two share.
struct Meeting {
    Atomic<u64> ready;  ///< how many rings the other has waited for, this one included
    Atomic<u64> when;   ///< CNTVCT_EL0 at its vector
};
constinit Meeting own_meeting;

u64 instructions(u64 ticks) {
    return ticks * (1'000'000'000 / GUEST_READ_SYSREG(cntfrq_el0));
}

/// Sleeps until the interrupt, which is masked while it sleeps, so that none is missed.
u64 wait_for_ring() {
    u64 when = 0;
    asm volatile(
        "mov x10, #0\n"
        "1: wfi\n"
        "msr daifclr, #2\n"
        "msr daifset, #2\n"
        "cbz x10, 1b\n"
        "mov %[when], x10\n"
        : [when] "=r"(when)
        :
        : "x10", "x11", "cc", "memory");
    return when;
}

void shift_phase(u64 steps) {
    for (u64 i = 0; i < steps; ++i) {
        asm volatile("nop");
    }
}

struct ByHypercall {
    u64 bell;
    void operator()() const {
        register u64 x0 asm("x0") = doorbell_ring;
        register u64 x1 asm("x1") = bell;
        asm volatile("hvc #0" : "+r"(x0), "+r"(x1)::"x2", "x3", "memory");
    }
};
struct ByGpio {
    u64 address;
    u32 value;
    void operator()() const {
        asm volatile("strb %w0, [%1]" ::"r"(value), "r"(address) : "memory");
    }
};
struct BySgi {
    u64 target;
    void operator()() const { asm volatile("msr icc_sgi1r_el1, %0\nisb" ::"r"(target) : "memory"); }
};

template <class Ring>
void measure(std::string_view name, Meeting& meeting, Ring ring, u64& rounds) {
    u64 sent = 0;
    u64 one_way = 0;
    u64 round_trip = 0;
    for (u64 i = 0; i < bursts * burst; ++i) {
        if (i % burst == 0) {
            wait_until(now() + milliseconds(8));
        }
        ++rounds;
        while (meeting.ready.load() != rounds) {
            relax();
        }
        shift_phase(i % 64);
        isb();
        const u64 start = GUEST_READ_SYSREG(cntvct_el0);
        ring();
        const u64 after = GUEST_READ_SYSREG(cntvct_el0);
        round_trip += wait_for_ring() - start;
        sent += after - start;
        while (meeting.ready.load() != rounds + 1) {
            relax();
        }
        one_way += meeting.when.load() - start;
    }
    constexpr u64 count = bursts * burst;
    say("bench: {}-send {}", name, instructions(sent) / count);
    say("bench: {}-one-way {}", name, instructions(one_way) / count);
    say("bench: {}-round-trip {}", name, instructions(round_trip) / count);
}

template <class Ring>
void answer(Meeting& meeting, Ring ring, u64 rounds) {
    meeting.ready.store(1);
    for (u64 i = 0; i < rounds; ++i) {
        const u64 when = wait_for_ring();
        ring();
        meeting.when.store(when);
        meeting.ready.store(i + 2);
    }
}

void open(u32 intid) {
    GUEST_WRITE_SYSREG(vbar_el1, reinterpret_cast<u64>(ringing_vectors));
    isb();
    gic.open_cpu();
    if (intid >= 32) {
        gic.set_edge(intid, true);
        gic.route_here(intid);
    }
    gic.enable(intid);
}

u64 sgi_to(u32 cpu) {
    const u64 mpidr = tree().cpu(cpu).value_or(0);
    return (mpidr & 0xff00) << 8 | (mpidr & 0xff'0000) << 16 | u64{1} << (mpidr & 0xf) |
           u64{sgi} << 24;
}

void sgis() {
    open(sgi);
    start_cpu(1, [] {
        open(sgi);
        answer(own_meeting, BySgi{sgi_to(0)}, bursts * burst);
    });
    u64 rounds = 0;
    measure("sgi", own_meeting, BySgi{sgi_to(1)}, rounds);
}

void doorbells(bool rings) {
    const auto region = find_shared_region(tree().blob(), "bells");
    const auto bells = Doorbells::find(tree(), "bells");
    const auto block = GpioBlock::find(tree(), 0);
    if (!region || !bells || !block) {
        die("ringing: FAILED, no doorbells in the tree");
    }
    auto& meeting = *static_cast<Meeting*>(static_cast<void*>(region->bytes.data()));
    open(bells->intid());
    const u32 bell = bells->bell(1 - bells->own());
    const u32 line = GpioBlock::ring_line(bell);
    block->make_output(line);
    if (!rings) {
        answer(meeting, ByHypercall{bell}, 2 * bursts * burst);
        return;
    }
    u64 rounds = 0;
    measure("doorbell", meeting, ByHypercall{bell}, rounds);
    measure("gpio", meeting, ByGpio{block->data(line), u32{1} << line}, rounds);
}

}  // namespace

void guest_main() {
    if (!gic.open() || gic.version() != 3) {
        die("ringing: FAILED, no GICv3");
    }
    const std::string_view role = tree().option("role", "ring");
    if (role == "sgi") {
        sgis();
    } else {
        doorbells(role == "ring");
    }
    say("bench: done");
}

}  // namespace isthmus::guest
