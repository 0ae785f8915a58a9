// SPDX-License-Identifier: Apache-2.0
// Touches what it must not. `do=NAME` tries one thing, `do=all` (the default) one after the other.
// Each prints "probe: NAME ok" or "probe: NAME FAILED"; the last line is "probe: done, …".
// `do=crash` and `do=reset` end the guest in ways that must not touch its peer.
#include "probe/probe.hpp"

#include "runtime/smccc.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {
namespace {

using probes::Expect;
using probes::Probe;

bool as_expected(Expect expect, const std::optional<Fault>& fault) {
    const u64 ec = fault ? fault->exception_class() : 0;
    switch (expect) {
        case Expect::data_abort:
            return fault && ec == ec_data_abort;
        case Expect::instruction_abort:
            return fault && ec == ec_instruction_abort;
        case Expect::undefined:
            return fault && ec == ec_unknown;
        case Expect::fault:
            return fault.has_value();
        case Expect::success:
            return !fault;
        case Expect::contained:
            return true;
    }
    return false;
}

u32 run(std::span<const Probe> list, std::string_view only) {
    u32 failures = 0;
    for (const Probe& probe : list) {
        if (probes::wanted(only, probe.name)) {
            const auto fault = catch_fault(probe.action);
            failures += probes::report(probe.name, as_expected(probe.expect, fault),
                                       fault ? fault->esr : 0);
        }
    }
    return failures;
}

/// Every exception, that of fetching the vector included, leads to an address that is not there.
[[noreturn]] void crash() {
    say("probe: crashing");
    GUEST_WRITE_SYSREG(vbar_el1, 0x800);
    isb();
    asm volatile("udf #0");
    power_off();
}

}  // namespace

u32 probes::report(std::string_view name, bool passed, u64 seen) {
    say("probe: {} {} ({x})", name, passed ? "ok" : "FAILED", seen);
    return passed ? 0 : 1;
}

void guest_main() {
    const std::string_view only = tree().option("do", "all");
    if (only == "crash") {
        crash();
    }
    if (only == "reset") {
        say("probe: resetting");
        hvc(psci::system_reset);
    }
    const u32 failures = run(probes::memory_probes(), only) + run(probes::register_probes(), only) +
                         run(probes::device_probes(), only) + probes::probe_calls(only) +
                         probes::probe_id_registers(only);
    say("probe: done, {} FAILED", failures);
}

}  // namespace isthmus::guest
