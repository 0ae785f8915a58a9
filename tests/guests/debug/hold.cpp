// SPDX-License-Identifier: Apache-2.0
// Guests of one image have the same addresses: whoever's breakpoint it is, it is his alone.
#include "debug/debug.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest::debug {
namespace {

constinit u64 words[2]{};

template <int Which>
[[gnu::noinline]] void function() {
    asm volatile("nop" ::"i"(Which));
}
constexpr void (*functions[2])() = {&function<0>, &function<1>};

[[gnu::noinline]] void store(u64 which, u64 value) {
    *static_cast<volatile u64*>(&words[which]) = value;
}

/// Calls and stores that no breakpoint of this guest's stops, for a while.
void spend(u64 count) {
    for (u64 i = 0; i < count; ++i) {
        functions[i & 1]();
        store(i & 1, i);
    }
}

u32 hold_pairs(u64 own, u64 end) {
    u64 rounds = 0;
    set_breakpoint(own, reinterpret_cast<u64>(functions[own]), breakpoint_on);
    set_watchpoint(own, reinterpret_cast<u64>(&words[own]), watchpoint_on(0xff, on_store));
    enable(mdscr_mde | mdscr_kde);
    seen() = {};
    while (static_cast<i64>(now() - end) < 0) {
        spend(2);
        ++rounds;
        const bool exact = seen().breakpoints == rounds && seen().watchpoints == rounds &&
                           seen().steps == 2 * rounds && words[own] == own;
        const Pair kept{reinterpret_cast<u64>(functions[own]), breakpoint_on};
        if (!exact || breakpoint(own) != kept || breakpoint(1 - own) != Pair{}) {
            break;
        }
    }
    enable(0);
    say("debug: {} breakpoints, {} watchpoints, {} steps in {} rounds", seen().breakpoints,
        seen().watchpoints, seen().steps, rounds);
    return report("hold",
                  seen().breakpoints == rounds && seen().watchpoints == rounds && rounds > 100);
}

u32 hold_nothing(u64 end) {
    seen() = {};
    while (static_cast<i64>(now() - end) < 0) {
        spend(10'000);
    }
    const u32 hits = seen().breakpoints + seen().watchpoints + seen().steps;
    return report("hold", hits == 0 && GUEST_READ_SYSREG(mdscr_el1) == 0, hits);
}

}  // namespace

u32 hold(u64 use, u64 end) {
    count_exceptions();
    return use < 2 ? hold_pairs(use, end) : hold_nothing(end);
}

}  // namespace isthmus::guest::debug
