// SPDX-License-Identifier: Apache-2.0
// Breakpoints and watchpoints, and what holds them back.
#include "debug/debug.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest::debug {
namespace {

constinit u64 watched[4]{};

[[gnu::noinline]] void target() {
    asm volatile("nop");
}

u64 target_address() {
    return reinterpret_cast<u64>(&target);
}

/// How often the breakpoint stops one call of `target`.
u32 hits(u64 control) {
    seen() = {};
    set_breakpoint(0, target_address(), control);
    target();
    set_breakpoint(0, 0, 0);
    return seen().breakpoints;
}

u32 check_storage() {
    bool same = true;
    for (u64 n = 0; n < breakpoints(); ++n) {
        set_breakpoint(n, 0x4000'0000 + 0x1000 * n, 0x1e6 + (n << 16));
    }
    for (u64 n = 0; n < watchpoints(); ++n) {
        set_watchpoint(n, 0x5000'0000 + 0x1000 * n, 0x1ffe + (n << 16));
    }
    for (u64 n = 0; n < breakpoints(); ++n) {
        same = same && breakpoint(n) == Pair{0x4000'0000 + 0x1000 * n, 0x1e6 + (n << 16)};
        set_breakpoint(n, 0, 0);
    }
    for (u64 n = 0; n < watchpoints(); ++n) {
        same = same && watchpoint(n) == Pair{0x5000'0000 + 0x1000 * n, 0x1ffe + (n << 16)};
        set_watchpoint(n, 0, 0);
    }
    return report("storage", same, breakpoints() << 8 | watchpoints());
}

/// One more than the ID register says is undefined.
u32 check_end() {
    const auto breakpoint_fault = catch_fault([] { breakpoint(breakpoints()); });
    const auto watchpoint_fault = catch_fault([] { watchpoint(watchpoints()); });
    const bool undefined =
        (breakpoints() == 16 || breakpoint_fault) && (watchpoints() == 16 || watchpoint_fault);
    return report("end", undefined);
}

u32 check_breakpoint() {
    enable(mdscr_mde | mdscr_kde);
    u32 failures = report("breakpoint", hits(breakpoint_on) == 1 && seen().steps == 1);
    failures += report("breakpoint-el0-only", hits(breakpoint_on ^ (bit(1) | bit(2))) == 0);
    failures += report("breakpoint-off", hits(breakpoint_on & ~bit(0)) == 0);
    failures += report("breakpoint-higher-levels-too", hits(breakpoint_on | bit(13)) == 1);
    failures +=
        report("breakpoint-el2-only", hits((breakpoint_on & ~bit(1)) | bit(13) | 3 << 14) == 0);
    failures += report("breakpoint-secure", hits(breakpoint_on | 2 << 14) == 0);
    for (u64 vmid = 0; vmid < 8; ++vmid) {
        set_breakpoint(breakpoints() - 1, vmid << 32, breakpoint_on | 8 << 20);
        target();
    }
    set_breakpoint(breakpoints() - 1, 0, 0);
    return failures + report("breakpoint-vmid", seen().breakpoints == 0);
}

/// A breakpoint of an address is linked to the last one, which compares CONTEXTIDR_EL1.
u32 check_context() {
    const u64 last = breakpoints() - 1;
    const u64 linked = breakpoint_on | 1 << 20 | last << 16;
    set_breakpoint(last, 5, bit(0) | 3 << 1 | 0xf << 5 | 3 << 20);
    GUEST_WRITE_SYSREG(contextidr_el1, 5);
    isb();
    u32 failures = report("context-same", hits(linked) == 1);
    GUEST_WRITE_SYSREG(contextidr_el1, 6);
    isb();
    failures += report("context-other", hits(linked) == 0);
    set_breakpoint(last, 0, 0);
    return failures;
}

u32 watch(u64 bytes, u64 access, void (*action)()) {
    seen() = {};
    set_watchpoint(1, reinterpret_cast<u64>(&watched[1]), watchpoint_on(bytes, access));
    action();
    set_watchpoint(1, 0, 0);
    return seen().watchpoints;
}

template <class T>
volatile T& at(u64 offset) {
    return *reinterpret_cast<volatile T*>(reinterpret_cast<u64>(watched) + offset);
}

u32 check_watchpoint() {
    u32 failures = report("watchpoint-store",
                          watch(0xff, on_store, [] { at<u64>(8) = 7; }) == 1 && at<u64>(8) == 7);
    failures += report("watchpoint-address", seen().far == reinterpret_cast<u64>(&watched[1]));
    failures +=
        report("watchpoint-load",
               watch(0xff, on_load, [] { [[maybe_unused]] const u64 read = at<u64>(8); }) == 1);
    failures +=
        report("watchpoint-other-access", watch(0xff, on_load, [] { at<u64>(8) = 1; }) == 0);
    failures += report("watchpoint-neighbour", watch(0xff, on_store, [] { at<u64>(16) = 1; }) == 0);
    failures += report("watchpoint-byte", watch(0x10, on_store, [] { at<u8>(12) = 1; }) == 1);
    failures += report("watchpoint-other-byte", watch(0x10, on_store, [] { at<u8>(13) = 1; }) == 0);
    return failures;
}

u32 check_locks() {
    constexpr u64 locked = bit(1);
    u32 failures = report("os-lock-open", (GUEST_READ_SYSREG(oslsr_el1) & locked) == 0);
    GUEST_WRITE_SYSREG(oslar_el1, 1);
    isb();
    failures += report("os-lock-holds", hits(breakpoint_on) == 0);
    failures += report("os-lock-reads", (GUEST_READ_SYSREG(oslsr_el1) & locked) != 0);
    GUEST_WRITE_SYSREG(oslar_el1, 0);
    isb();
    failures += report("os-lock-opens", hits(breakpoint_on) == 1);
    const bool has_double_lock = BitField<36, 4>::get(GUEST_READ_SYSREG(id_aa64dfr0_el1)) == 0;
    GUEST_WRITE_SYSREG(osdlr_el1, 1);
    isb();
    failures += report("double-lock", hits(breakpoint_on) == (has_double_lock ? 0U : 1U));
    GUEST_WRITE_SYSREG(osdlr_el1, 0);
    isb();
    return failures;
}

/// Older versions of QEMU do not have these.
u32 check_claims() {
    u64 found = 0x48;
    const auto fault = catch_fault([&] {
        GUEST_WRITE_SYSREG(dbgclaimset_el1, 0x5a);
        GUEST_WRITE_SYSREG(dbgclaimclr_el1, 0x12);
        found = GUEST_READ_SYSREG(dbgclaimclr_el1);
        GUEST_WRITE_SYSREG(dbgclaimclr_el1, 0xff);
    });
    return report(fault ? "claims-absent" : "claims", found == 0x48, found);
}

u32 check_words() {
    u32 failures = check_claims();
    // ERR, HDE, TDA, TXfull, RXfull are an external debugger's.
    GUEST_WRITE_SYSREG(mdscr_el1, ~u64{1});
    const u64 found = GUEST_READ_SYSREG(mdscr_el1);
    enable(0);
    failures += report("mdscr", found == (bit(12) | mdscr_kde | mdscr_mde), found);
    return failures;
}

}  // namespace

u32 check_pairs() {
    count_exceptions();
    u32 failures = check_storage() + check_end() + check_breakpoint() + check_context() +
                   check_watchpoint() + check_locks() + check_words();
    enable(mdscr_kde);
    failures += report("breakpoints-off", hits(breakpoint_on) == 0);
    enable(mdscr_mde);
    failures += report("el1-off", hits(breakpoint_on) == 0);
    enable(0);
    return failures;
}

}  // namespace isthmus::guest::debug
