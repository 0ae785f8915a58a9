// SPDX-License-Identifier: Apache-2.0
// Debug registers by number, and the handler that counts and goes on.
#include "debug/debug.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest::debug {
namespace {

constinit Seen all_seen;
constinit u64 enabled = 0;

#define DEBUG_NUMBERS(USE) \
    USE(0)                 \
    USE(1)                 \
    USE(2)                 \
    USE(3)                 \
    USE(4)                 \
    USE(5)                 \
    USE(6)                 \
    USE(7)                 \
    USE(8)                 \
    USE(9)                 \
    USE(10)                \
    USE(11)                \
    USE(12)                \
    USE(13)                \
    USE(14)                \
    USE(15)

bool is_debug(u64 ec) {
    return ec == ec_breakpoint || ec == ec_watchpoint || ec == ec_step;
}

void count(u64 ec, const Fault& fault) {
    all_seen.breakpoints += ec == ec_breakpoint ? 1 : 0;
    all_seen.watchpoints += ec == ec_watchpoint ? 1 : 0;
    all_seen.steps += ec == ec_step ? 1 : 0;
    all_seen.elr = fault.elr;
    all_seen.far = ec == ec_watchpoint ? fault.far : all_seen.far;
}

/// As kernels do: what was hit is off for one step.
bool handle(ExceptionFrame& frame, const Fault& fault) {
    const u64 ec = fault.exception_class();
    if (!is_debug(ec)) {
        return false;
    }
    count(ec, fault);
    if (ec == ec_step) {
        frame.spsr &= ~spsr_ss;
        GUEST_WRITE_SYSREG(mdscr_el1, enabled);
    } else {
        frame.spsr |= spsr_ss;
        GUEST_WRITE_SYSREG(mdscr_el1, mdscr_ss | mdscr_kde);
    }
    isb();
    return true;
}

}  // namespace

u64 breakpoints() {
    return BitField<12, 4>::get(GUEST_READ_SYSREG(id_aa64dfr0_el1)) + 1;
}

u64 watchpoints() {
    return BitField<20, 4>::get(GUEST_READ_SYSREG(id_aa64dfr0_el1)) + 1;
}

void set_breakpoint(u64 number, u64 value, u64 control) {
    switch (number) {
#define USE(n)                                        \
    case n:                                           \
        GUEST_WRITE_SYSREG(dbgbvr##n##_el1, value);   \
        GUEST_WRITE_SYSREG(dbgbcr##n##_el1, control); \
        break;
        DEBUG_NUMBERS(USE)
#undef USE
        default:
            break;
    }
    isb();
}

void set_watchpoint(u64 number, u64 value, u64 control) {
    switch (number) {
#define USE(n)                                        \
    case n:                                           \
        GUEST_WRITE_SYSREG(dbgwvr##n##_el1, value);   \
        GUEST_WRITE_SYSREG(dbgwcr##n##_el1, control); \
        break;
        DEBUG_NUMBERS(USE)
#undef USE
        default:
            break;
    }
    isb();
}

Pair breakpoint(u64 number) {
    switch (number) {
#define USE(n) \
    case n:    \
        return {GUEST_READ_SYSREG(dbgbvr##n##_el1), GUEST_READ_SYSREG(dbgbcr##n##_el1)};
        DEBUG_NUMBERS(USE)
#undef USE
        default:
            return {};
    }
}

Pair watchpoint(u64 number) {
    switch (number) {
#define USE(n) \
    case n:    \
        return {GUEST_READ_SYSREG(dbgwvr##n##_el1), GUEST_READ_SYSREG(dbgwcr##n##_el1)};
        DEBUG_NUMBERS(USE)
#undef USE
        default:
            return {};
    }
}

void count_exceptions() {
    all_seen = {};
    set_synchronous_handler(handle);
}

Seen& seen() {
    return all_seen;
}

void enable(u64 mdscr) {
    enabled = mdscr;
    GUEST_WRITE_SYSREG(mdscr_el1, mdscr);
    isb();
}

u32 report(const char* name, bool passed, u64 seen_value) {
    say("debug: {} {} ({x})", name, passed ? "ok" : "FAILED", seen_value);
    return passed ? 0 : 1;
}

}  // namespace isthmus::guest::debug
