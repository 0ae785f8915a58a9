// SPDX-License-Identifier: Apache-2.0
// Uses Xen's guest interface: `do=calls` each call, rightly and wrongly; `do=ring` the peer of
// tests/guests/linux/event_ring.c (`role=a|b port=N at=ADDRESS rounds=N`), asleep in SCHEDOP_poll
// or, with `wait=wfi`, until the interrupt; `do=stop reason=N` a shutdown; `do=watchdog` one that
// is not set again; `do=chaos seed=N ms=N` calls at random.
// `do=flood` rings without end until at= ms of the machine's counter; `do=waste` makes the same
// calls, but for a port that is none; `do=count` counts steps until then, and its interrupts.
#include <iterator>

#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"
#include "runtime/xen.hpp"

namespace isthmus::guest {
namespace {

constinit Gic gic;
constinit u64 upcalls = 0;

void check(std::string_view what, bool good) {
    say("events: {} {}", what, good ? "ok" : "FAILED");
}

/// The counter, as timeouts of polls have it.
u64 nanoseconds() {
    const u64 frequency = milliseconds(1000);
    const u64 ticks = now();
    return ticks / frequency * 1'000'000'000 + ticks % frequency * 1'000'000'000 / frequency;
}

void on_interrupt() {
    const u32 taken = gic.acknowledge();
    if (taken == xen::event_intid) {
        ++upcalls;
        __atomic_store_n(&xen::vcpu_info().upcall_pending, u8{0}, __ATOMIC_SEQ_CST);
    }
    gic.end(taken);
}

void open_interrupts(bool open) {
    if (open) {
        asm volatile("msr daifclr, #2" ::: "memory");
    } else {
        asm volatile("msr daifset, #2" ::: "memory");
    }
}

void take_interrupts() {
    set_irq_handler(on_interrupt);
    gic.open();
    gic.open_cpu();
    gic.enable(xen::event_intid);
}

u32 new_ipi() {
    u32 call[2] = {0, 0};
    return xen::hypercall(xen::event_channel_op, xen::bind_ipi, call) == 0 ? call[1] : 0;
}

void questions() {
    check("version", xen::hypercall(xen::xen_version, 0) == (4 << 16 | 17));
    static char text[1024];
    check("capabilities", xen::hypercall(xen::xen_version, 3, text) == 0 && text[0] == 'x');
    u32 features[2] = {0, 0};
    check("features", xen::hypercall(xen::xen_version, 6, features) == 0 &&
                          (features[1] & 4) != 0 && (features[1] >> 16 & 1) != 0 &&
                          (features[1] >> 17 & 1) == 0);
    check("unknown", xen::hypercall(63, 0) == xen::enosys);
    check("grant-table", xen::hypercall(20, 0, text) == xen::enosys);
}

void to_itself() {
    const u32 port = new_ipi();
    check("bind-ipi", port != 0);
    check("send", xen::send_event(port) == 0 && xen::take_event(port));
    check("twice-is-once", xen::send_event(port) == 0 && xen::send_event(port) == 0 &&
                               xen::take_event(port) && !xen::take_event(port));
    open_interrupts(true);
    const u64 before = upcalls;
    xen::send_event(port);
    const u64 end = now() + milliseconds(1000);
    while (upcalls == before && now() < end) {
        relax();
    }
    open_interrupts(false);
    check("interrupt", upcalls == before + 1 && xen::take_event(port));
    check("close", xen::hypercall(xen::event_channel_op, xen::close, &port) == 0 &&
                       xen::send_event(port) == xen::einval);
}

void sleep() {
    const u32 port = new_ipi();
    const u64 start = now();
    check("poll-timeout", xen::poll_event(port, nanoseconds() + 20'000'000) == 0 &&
                              now() - start >= milliseconds(19) && !xen::take_event(port));
    xen::send_event(port);
    check("poll-pending", xen::poll_event(port, 0) == 0 && xen::take_event(port));
    open_interrupts(true);  // the upcall of that event is no reason to wake
    open_interrupts(false);
    start_timer(now() + milliseconds(20));
    gic.enable(timer_intid());
    check("block",
          xen::hypercall(xen::sched_op, xen::block) == 0 && now() - start >= milliseconds(35));
    stop_timer();
    check("yield", xen::hypercall(xen::sched_op, xen::yield) == 0);
}

void wrong() {
    for (const u64 bad : {u64{0}, u64{0x2200'0000}, ~u64{0}, u64{0xffff'0000'0000'0000}}) {
        bool all = true;
        for (u64 operation = 0; operation < 12; ++operation) {
            const i64 result = xen::hypercall(xen::event_channel_op, operation, bad);
            all = all && (result == xen::efault || result == xen::enosys);
        }
        all = all && xen::hypercall(xen::sched_op, xen::poll, bad) == xen::efault &&
              xen::hypercall(xen::memory_op, 7, bad) == xen::efault &&
              xen::hypercall(xen::hvm_op, 1, bad) == xen::efault &&
              xen::hypercall(xen::vcpu_op, 10, 0, bad) == xen::efault;
        check("bad-pointer", all);
    }
    alignas(4096) static u32 two[2048];
    u32* crossing = two + 1024 - 2;
    crossing[0] = xen::self;
    crossing[1] = static_cast<u32>(tree().number_option("port", 1));
    check("across-pages", xen::hypercall(xen::event_channel_op, xen::status, crossing) == 0);
}

void calls() {
    questions();
    check("open", xen::open_events());
    take_interrupts();
    xen::vcpu_info().upcall_pending = 0;
    to_itself();
    sleep();
    wrong();
    say("events: done");
}

bool wait_for_ring(u32 port, bool by_interrupt) {
    const u64 end = now() + milliseconds(60'000);
    while (!xen::take_event(port)) {
        if (now() > end) {
            return false;
        }
        if (by_interrupt) {
            asm volatile("wfi" ::: "memory");  // masked: it only wakes
            open_interrupts(true);
            open_interrupts(false);
        } else {
            xen::poll_event(port, 0);
        }
    }
    return true;
}

void ring() {
    const auto port = static_cast<u32>(tree().number_option("port", 0));
    const bool is_a = tree().option("role") == "a";
    const bool by_interrupt = tree().option("wait") == "wfi";
    const u64 rounds = tree().number_option("rounds", 100);
    auto* words = reinterpret_cast<u32*>(tree().number_option("at", 0));
    check("open", xen::open_events());
    if (by_interrupt) {
        take_interrupts();
    }
    u32* mine = is_a ? words : words + 1;
    const u32* other = is_a ? words + 1 : words;
    for (u32 round = 1; round <= rounds; ++round) {
        for (unsigned side = 0; side < 2; ++side) {
            const bool sends = (side == 0) == is_a;
            if (sends) {
                __atomic_store_n(mine, round, __ATOMIC_RELEASE);
                xen::send_event(port);
                continue;
            }
            while (__atomic_load_n(other, __ATOMIC_ACQUIRE) != round) {
                if (!wait_for_ring(port, by_interrupt)) {
                    say("events: FAILED: no ring in round {}", round);
                    return;
                }
            }
        }
    }
    say("events: ok, {} rounds", rounds);
}

void stop() {
    u32 reason = static_cast<u32>(tree().number_option("reason", 0));
    say("events: shutdown with {}", reason);
    xen::hypercall(xen::sched_op, xen::shutdown, &reason);
    say("events: FAILED: still here");
}

void bite() {
    u32 call[2] = {0, 1};
    check("watchdog", xen::hypercall(xen::sched_op, xen::watchdog, call) == 1);
    wait_until(now() + milliseconds(10'000));
    say("events: FAILED: still here");
}

void flood(u32 port) {
    const u64 rings = repeat_until_end([&] { xen::send_event(port); });
    say("events: {} rings", rings);
}

/// Looks at each ring at once, so that the next one interrupts again.
void count() {
    check("open", xen::open_events());
    take_interrupts();
    static constinit u32 port = 0;
    port = static_cast<u32>(tree().number_option("port", 0));
    set_irq_handler([] {
        on_interrupt();
        xen::take_event(port);
    });
    xen::take_event(port);
    open_interrupts(true);
    const u64 steps = repeat_until_end(busy_step);
    open_interrupts(false);
    say("events: {} steps, {} interrupts", steps, upcalls);
}

/// Calls at random, with structures at random, and whatever comes to mind in the pages of events.
/// Some calls sleep, so there is an interrupt every millisecond; none of them may stop the guest.
void chaos() {
    u64 random = tree().number_option("seed", 1) * 0x9e37'79b9'7f4a'7c15 + 1;
    const auto next = [&random] {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return random;
    };
    check("open", xen::open_events());
    take_interrupts();
    alignas(8) u32 structure[16];
    u64* const pages[2] = {reinterpret_cast<u64*>(&xen::shared_info()),
                           reinterpret_cast<u64*>(&xen::vcpu_info())};
    constexpr u64 numbers[] = {xen::memory_op, xen::xen_version,      xen::vm_assist,
                               xen::vcpu_op,   xen::event_channel_op, xen::hvm_op,
                               xen::sched_op};
    const u64 end = now() + milliseconds(tree().number_option("ms", 2000));
    u64 calls_made = 0;
    while (now() < end) {
        for (u32& word : structure) {
            const u64 kind = next() % 4;
            word = kind == 0   ? static_cast<u32>(next())
                   : kind == 1 ? xen::self
                   : kind == 2 ? static_cast<u32>(next() % 4200)
                               : static_cast<u32>(reinterpret_cast<u64>(pages[next() % 2]) >> 12);
        }
        __atomic_store_n(pages[next() % 2] + next() % 136, next(), __ATOMIC_RELAXED);
        const u64 number = numbers[next() % std::size(numbers)];
        const u64 operation = next() % 16;
        const bool ends =
            number == xen::sched_op && (operation == xen::shutdown || operation == xen::watchdog);
        const u64 at = reinterpret_cast<u64>(structure) + (next() % 8 == 0 ? next() % 4096 : 0);
        start_timer(now() + milliseconds(1));
        if (!ends) {
            const bool takes_vcpu = number == xen::vcpu_op;
            xen::hypercall(number, operation, takes_vcpu ? next() % 3 : at, at, next());
            ++calls_made;
        }
    }
    stop_timer();
    say("events: chaos ok, {} calls", calls_made > 1000 ? "many" : "few");
}

}  // namespace

void guest_main() {
    enable_mmu();
    const std::string_view what = tree().option("do");
    if (what == "ring") {
        ring();
    } else if (what == "stop") {
        stop();
    } else if (what == "watchdog") {
        bite();
    } else if (what == "flood") {
        flood(static_cast<u32>(tree().number_option("port", 0)));
    } else if (what == "waste") {
        flood(0);
    } else if (what == "count") {
        count();
    } else if (what == "chaos") {
        chaos();
    } else {
        calls();
    }
}

}  // namespace isthmus::guest
