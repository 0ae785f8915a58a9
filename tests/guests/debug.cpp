// SPDX-License-Identifier: Apache-2.0
// Uses its CPU's debug unit on itself: breakpoints, watchpoints, single steps over all that Isthmus
// emulates. With at= it holds a breakpoint and a watchpoint (use=0 or use=1, at different ones of
// two places) or none (use=2) until the machine's counter has come to that second.
#include "debug/debug.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {

void guest_main() {
    asm volatile("msr daifclr, #8");  // D: debug exceptions from EL1, too
    const u64 at = tree().number_option("at", 0);
    u32 failures = 0;
    if (at != 0) {
        failures = debug::hold(tree().number_option("use", 2), milliseconds(1000) * at);
    } else {
        failures = debug::check_steps() + debug::check_pairs();
    }
    say("debug: done, {} FAILED", failures);
}

}  // namespace isthmus::guest
