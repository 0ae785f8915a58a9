// SPDX-License-Identifier: Apache-2.0
// Storms: what a guest may do as often as it likes, at its own expense.
#include "isthmus/bits.hpp"
#include "probe/probe.hpp"
#include "runtime/gic.hpp"
#include "runtime/smccc.hpp"
#include "runtime/system_register.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest::probes {
namespace {

constexpr u32 often = 20'000;

/// The timer's interrupt stays pending behind the mask, so that WFI comes back at once.
bool storm_of_wfi() {
    Gic gic;
    if (!gic.open()) {
        return false;
    }
    gic.open_cpu();
    gic.set_priority(timer_intid(), 0x80);
    gic.enable(timer_intid());
    start_timer(now());
    for (u32 i = 0; i < often; ++i) {
        wfi();
    }
    stop_timer();
    gic.disable(timer_intid());
    return true;
}

bool storm_of_sleeps() {
    Gic gic;
    if (!gic.open()) {
        return false;
    }
    gic.open_cpu();
    gic.set_priority(timer_intid(), 0x80);
    gic.enable(timer_intid());
    for (u32 i = 0; i < 200; ++i) {
        const u64 when = now() + milliseconds(1) / 4;
        start_timer(when);
        while (now() < when) {
            wfi();  // masked: the timer wakes it, and its interrupt is not taken
        }
        stop_timer();
        const u32 taken = gic.acknowledge();
        if ((taken & 0x3ff) < 1020) {
            gic.end(taken);
        }
    }
    gic.disable(timer_intid());
    return true;
}

constexpr Check list[] = {
    {"wfi-storm", storm_of_wfi},
    {"wfi-sleeps", storm_of_sleeps},
    {"wfe-storm",
     [] {
         for (u32 i = 0; i < often; ++i) {
             asm volatile("sevl\n wfe" ::: "memory");
         }
         return true;
     }},
    {"sev-storm",
     [] {
         for (u32 i = 0; i < often; ++i) {
             asm volatile("sev\n wfe\n yield" ::: "memory");
         }
         return true;
     }},
    {"smc-storm",
     [] {
         bool same = true;
         for (u32 i = 0; i < often; ++i) {
             same = same && smc(psci::version) == 0x1'0001;
         }
         return same;
     }},
    {"sgi-storm",
     [] {
         for (u32 i = 0; i < often; ++i) {
             GUEST_WRITE_SYSREG(icc_sgi1r_el1, u64{i % 16} << 24 | 3);
         }
         return true;
     }},
    {"suspend-storm",
     [] {
         bool same = true;
         for (u32 i = 0; i < often; ++i) {
             same = same && hvc(psci::cpu_suspend, bit(16), ~u64{0}, 0) == 0;
         }
         return same;
     }},
};

}  // namespace

std::span<const Check> idle_checks() {
    return list;
}

}  // namespace isthmus::guest::probes
