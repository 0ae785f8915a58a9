// SPDX-License-Identifier: Apache-2.0
// The victim measures what it gets done, and how late its virtual timer comes: out of work, and out
// of WFI. Everything is in ticks of the counter, of which each is an instruction (interference.py).
#include "interference/latencies.hpp"
#include "interference/meeting.hpp"
#include "runtime/doorbells.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/mmu.hpp"
#include "runtime/timer.hpp"

extern "C" char interference_vectors[];

namespace isthmus::guest {
namespace {

constinit Gic gic;
constinit Latencies at_work;
constinit Latencies asleep;
constinit Latencies* latencies = nullptr;  ///< of this phase
constinit u32 timer = 0;
constinit u64 when = 0;             ///< the timer is due
constinit u64 shortest_period = 0;  ///< ticks between a handler and the next interrupt
constinit u64 spread = 1;           ///< and so many more at most
constinit usize samples = 0;        ///< to be taken
constinit u64 random_state = 88172645463325252;
constinit u64 timers_taken = 0;
constinit u64 rings_taken = 0;

u64 random_below(u64 end) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % end;
}

u64 count() {
    return GUEST_READ_SYSREG(cntvct_el0);
}

/// At no fixed phase to anything.
void start_next() {
    when = now() + shortest_period + random_below(spread);
    start_timer(when);
}

void on_interrupt() {
    const u64 taken = GUEST_READ_SYSREG(tpidr_el0);  // vectors.S
    const u32 acknowledged = gic.acknowledge();
    if (acknowledged == timer) {
        latencies->note(taken - when);
        ++timers_taken;
        if (latencies->count() < samples) {
            start_next();
        } else {
            stop_timer();
        }
    } else if (acknowledged != intid_none) {
        ++rings_taken;
    }
    if (acknowledged != intid_none) {
        gic.end(acknowledged);
    }
}

void open_interrupts() {
    if (!gic.open() || gic.version() != 3) {
        die("interference: FAILED, no GICv3");
    }
    GUEST_WRITE_SYSREG(vbar_el1, reinterpret_cast<u64>(interference_vectors));
    isb();
    gic.open_cpu();
    timer = timer_intid();
    gic.enable(timer);
    if (const auto bells = Doorbells::find(tree(), "meeting")) {
        gic.set_edge(bells->intid(), true);
        gic.route_here(bells->intid());
        gic.enable(bells->intid());
    }
    set_irq_handler(on_interrupt);
    unmask_irq();
}

/// One unit of work: so many instructions, and none of them leaves the guest.
void work() {
    asm volatile(
        "mov x9, %[count]\n"
        "1: subs x9, x9, #1\n"
        "b.ne 1b\n" ::[count] "r"(turn_instructions / 2)
        : "x9", "cc");
}

/// Nothing is said before all is measured: the console would have a timer of its own due later.
struct Share {
    u64 units = 0;
    u64 own = 0;       ///< ticks in which they were done
    u64 left_out = 0;  ///< more units, with their time
    u64 longest = 0;   ///< of a unit: longer with an exit in it, or the other's turn
};

/// On a CPU of its own: units of work in 1000 instructions of this CPU, those of the other left
/// out.
Share measure_own_share(Meeting* meeting, u64 ticks) {
    Share share;
    const u64 end = count() + ticks;
    for (u64 begin = count(); static_cast<i64>(begin - end) < 0;) {
        const u64 start = count();
        work();
        const u64 before = count();
        share.longest = std::max(share.longest, before - start);
        relax();
        const u64 after = count();
        const bool is_known = meeting == nullptr || meeting->in_turn.load() == 0;
        const u64 given_back =
            meeting == nullptr ? before : std::max(before, meeting->stamp.load());
        if (is_known) {
            ++share.units;
            share.own += before - begin + (after - given_back);
        } else {
            ++share.left_out;  // stopped in the midst of its turn: whose time it was is not known
        }
        begin = after;
    }
    return share;
}

/// Where several share a CPU: units of work in so much time of the machine, from the beginning of a
/// turn to that of another.
Share measure_shared_share(u64 ticks) {
    constexpr u64 gap = 10 * turn_instructions;
    const u64 patience = milliseconds(50);
    u64 units = 0;
    u64 begin = 0;
    u64 last = count();
    const u64 start = last;
    for (;;) {
        work();
        ++units;
        const u64 time = count();
        const bool is_turn = time - last > gap;
        last = time;
        if (begin == 0 && (is_turn || time - start > patience)) {
            begin = time;
            units = 0;
        } else if (begin != 0 && time - begin > ticks &&
                   (is_turn || time - begin > ticks + patience)) {
            break;
        }
    }
    return {.units = units, .own = last - begin};
}

void begin_timer(Latencies& into, u64 shortest, u64 longest) {
    shortest_period = shortest;
    spread = longest - shortest;
    latencies = &into;
    start_next();
}

void measure_at_work() {
    begin_timer(at_work, milliseconds(1) / 100, milliseconds(3) / 100);
    while (latencies->count() < samples) {
        work();
        relax();
    }
}

/// Periods below and above the shortest turn, of 100 us, that one has before it is cut.
void measure_asleep() {
    mask_irq();  // else it could be taken before WFI, which nothing would end then
    begin_timer(asleep, milliseconds(1) / 500, milliseconds(20) / 100);
    while (latencies->count() < samples) {
        wfi();
        unmask_irq();
        isb();
        mask_irq();
    }
    unmask_irq();
}

void report(const Share& share) {
    say("interference: units {}", share.units);
    say("interference: own {}", share.own);
    say("interference: left-out {}", share.left_out);
    say("interference: longest-unit {}", share.longest);
}

}  // namespace

void be_victim(Meeting* meeting) {
    open_interrupts();
    const bool is_shared = tree().option("cpu") == "same";
    samples = std::min<u64>(tree().number_option("samples", 1000), Latencies::most);
    const u64 ticks = milliseconds(tree().number_option("ms", 50));
    while (meeting != nullptr && meeting->has_started.load() == 0) {
        relax();
    }
    wait_until(now() + milliseconds(2));
    const Share share = is_shared ? measure_shared_share(ticks) : measure_own_share(meeting, ticks);
    if (!is_shared) {
        measure_at_work();
    }
    measure_asleep();
    report(share);
    if (!is_shared) {
        at_work.report("work");
    }
    asleep.report("sleep");
    say("interference: rings {}", rings_taken);
    say("interference: done {}", timers_taken);
    if (meeting != nullptr) {
        meeting->is_over.store(1);
    }
}

}  // namespace isthmus::guest
