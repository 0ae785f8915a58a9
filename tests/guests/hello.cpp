// SPDX-License-Identifier: Apache-2.0
// The smallest guest: says where it runs and what it was given, and switches itself off.
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {

void guest_main() {
    say("hello: EL{}, MPIDR {x}, PSCI {x}", GUEST_READ_SYSREG(currentel) >> 2 & 3,
        GUEST_READ_SYSREG(mpidr_el1), hvc(psci::version));
    for (u32 i = 0; const auto bank = tree().memory(i); ++i) {
        say("hello: memory {}", *bank);
    }
    say("hello: arguments \"{}\"", tree().bootargs());
    say("hello: ok");
}

}  // namespace isthmus::guest
