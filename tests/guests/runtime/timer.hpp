// SPDX-License-Identifier: Apache-2.0
// The virtual generic timer of the calling CPU.
#pragma once

#include "isthmus/types.hpp"
#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {

inline u64 now() {
    isb();
    return GUEST_READ_SYSREG(cntvct_el0);
}
inline u64 milliseconds(u64 count) {
    return count * GUEST_READ_SYSREG(cntfrq_el0) / 1000;
}
inline void wait_until(u64 when) {
    while (static_cast<i64>(now() - when) < 0) {
        relax();
    }
}

/// Raises the virtual timer's interrupt at counter value `when`.
inline void start_timer(u64 when) {
    GUEST_WRITE_SYSREG(cntv_cval_el0, when);
    GUEST_WRITE_SYSREG(cntv_ctl_el0, 1);
    isb();
}
inline void stop_timer() {
    GUEST_WRITE_SYSREG(cntv_ctl_el0, 0);
    isb();
}

/// Steps until `at=` ms of the machine's counter, for all guests at the same time; how many.
template <class Step>
u64 repeat_until_end(Step step) {
    const u64 end = milliseconds(tree().number_option("at", 2000));
    const u64 turn = milliseconds(5) / 1000;
    u64 steps = 0;
    for (u64 time = now(); static_cast<i64>(time - end) < 0; time = now()) {
        // Masked, and soon due: by that QEMU's -icount lets the other CPU on.
        GUEST_WRITE_SYSREG(cntv_cval_el0, time + turn);
        GUEST_WRITE_SYSREG(cntv_ctl_el0, 3);
        step();
        ++steps;
    }
    stop_timer();
    return steps;
}

/// One of them, of a guest that only counts.
inline void busy_step() {
    for (int i = 0; i < 50; ++i) {
        asm volatile("nop");
    }
}

/// The virtual timer's INTID: third entry of the timer node's interrupts.
inline u32 timer_intid() {
    const int node = tree().find_compatible("arm,armv8-timer");
    return node >= 0 ? tree().interrupt(node, 2).value_or(27) : 27;
}

}  // namespace isthmus::guest
