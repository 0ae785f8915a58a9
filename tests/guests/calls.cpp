// SPDX-License-Identifier: Apache-2.0
// Asks for the workarounds of the SMC Calling Convention, calls them, and spends count= calls that
// do nothing, so that its ways out of here can be counted beneath it. It tells how many ticks of
// the counter one takes: instructions, under QEMU's -icount shift=4.
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr u64 arch_features = 0x8000'0001;

void try_workaround(u64 number, u64 function) {
    say("calls: workaround {}: features {}, hvc {}, smc {}", number,
        static_cast<i64>(hvc(arch_features, function)), static_cast<i64>(hvc(function, 1)),
        static_cast<i64>(smc(function, 1)));
}

}  // namespace

void guest_main() {
    try_workaround(1, 0x8000'8000);
    try_workaround(2, 0x8000'7fff);
    try_workaround(3, 0x8000'3fff);
    const u64 count = tree().number_option("count", 1000);
    const u64 start = now();
    for (u64 call = 0; call < count; ++call) {
        hvc(psci::version);
    }
    say("calls: {} ticks each", (now() - start) / count);
    say("calls: ok");
}

}  // namespace isthmus::guest
