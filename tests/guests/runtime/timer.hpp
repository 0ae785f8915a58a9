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

/// The virtual timer's INTID: third entry of the timer node's interrupts.
inline u32 timer_intid() {
    const int node = tree().find_compatible("arm,armv8-timer");
    return node >= 0 ? tree().interrupt(node, 2).value_or(27) : 27;
}

}  // namespace isthmus::guest
