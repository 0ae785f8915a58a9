// SPDX-License-Identifier: Apache-2.0
// Two CPUs: SGIs between them, and interrupts that change their CPU.
#include "gictest/recorder.hpp"
#include "gictest/tests.hpp"
#include "runtime/cpus.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest::gictest {
namespace {

using Function = void (*)();
constinit Function wanted = nullptr;
constinit bool second_ready = false;

template <class T>
T load(const T& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
template <class T>
void store(T& word, T value) {
    __atomic_store_n(&word, value, __ATOMIC_RELEASE);
}

template <class Condition>
bool wait_for(Condition&& condition) {
    const u64 end = now() + milliseconds(3000);
    while (!condition() && now() < end) {
        relax();
    }
    return condition();
}

void second_cpu() {
    gic.open_cpu();
    for (u32 intid = 0; intid < 16; ++intid) {
        gic.set_priority(intid, usual_priority);
        gic.enable(intid);
    }
    unmask_irq();
    store(second_ready, true);
    for (;;) {
        if (const Function function = load(wanted)) {
            function();
            store(wanted, Function{});
        }
        relax();
    }
}

}  // namespace

bool start_second() {
    return start_cpu(1, second_cpu) == 0 && wait_for([] { return load(second_ready); });
}

void on_second(void (*function)()) {
    store(wanted, function);
    wait_for([] { return load(wanted) == nullptr; });
}

bool second_took(u32 count) {
    return wait_for([=] { return seen_by_other.count >= count; });
}

bool sgi_other() {
    gic.send_sgi(*tree().cpu(1), sgi_to_answer);
    let_in(1);
    return second_took(1) && seen_by_other.intid(0) == sgi_to_answer && saw_only(sgi_to_answer + 1);
}

bool sgi_filters() {
    gic.send_sgi_to_others(4);
    const bool other = second_took(1) && takes_none();
    on_second([] { gic.send_sgi_to_others(5); });
    let_in(1);
    let_in(0);
    return other && saw_only(5) && seen_by_other.count == 1 && seen_by_other.intid(0) == 4;
}

/// Pending from both CPUs at once: a GICv2 keeps them apart, a GICv3 has one pending state.
bool sgi_two_senders() {
    on_second([] { gic.send_sgi(*tree().cpu(0), 4); });
    gic.send_sgi_to_self(4);
    on_second([] { gic.send_sgi(*tree().cpu(0), 4); });  // the same sender again
    let_in(expected().senders);
    let_in(0);
    u32 senders = 0;
    for (u32 i = 0; i < seen.count; ++i) {
        if (seen.intid(i) != 4) {
            return false;
        }
        senders |= 1u << seen.sender(i);
    }
    return seen.count == expected().senders && senders == (expected().names_sender ? 3u : 1u);
}

bool route_change() {
    prepare_spi(first_spi);
    gic.route_to(*tree().cpu(1), first_spi);
    gic.set_pending(first_spi);
    bool right = second_took(1) && seen_by_other.intid(0) == first_spi && takes_none();
    gic.route_here(first_spi);
    gic.set_pending(first_spi);
    right = right && takes(first_spi);
    gic.end(first_spi);
    gic.disable(first_spi);
    return right && seen_by_other.count == 1;
}

/// While it waits for this CPU, or behind itself being active here, it goes along.
bool route_pending() {
    prepare_spi(first_spi);
    gic.set_pending(first_spi);
    gic.route_to(*tree().cpu(1), first_spi);
    bool right = second_took(1) && takes_none();
    gic.route_here(first_spi);
    gic.set_pending(first_spi);
    right = right && takes(first_spi);
    gic.set_pending(first_spi);
    gic.route_to(*tree().cpu(1), first_spi);
    gic.end(first_spi);
    right = right && second_took(2) && takes_none();
    gic.disable(first_spi);
    return right && seen_by_other.count == 2;
}

/// Private interrupts are each CPU's own.
bool second_vcpu_private() {
    on_second([] { gic.set_priority(2, 0x20); });
    const bool kept = gic.priority(2) == usual_priority;
    gic.set_priority(2, 0x60);
    on_second([] { gic.send_sgi_to_self(gic.priority(2) == 0x20 ? 2 : 3); });
    return kept && second_took(1) && seen_by_other.intid(0) == 2 && takes_none();
}

}  // namespace isthmus::guest::gictest
