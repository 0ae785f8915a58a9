// SPDX-License-Identifier: Apache-2.0
// Touches what it must not. `do=NAME` tries one thing, `do=all` (the default) one after the other.
// Each prints "probe: NAME ok" or "probe: NAME FAILED"; the last line is "probe: done, …". With
// `mmu=on` all of it goes through page tables. With a second CPU, what touches one that is off,
// too. `do=crash` and `do=reset` end the guest in ways that must not touch its peer.
#include "probe/probe.hpp"

#include "runtime/mmu.hpp"
#include "runtime/smccc.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {
namespace {

using probes::Check;
using probes::Expect;
using probes::Probe;

bool is_abort(const Fault& fault, u64 exception_class, u64 status) {
    return fault.exception_class() == exception_class && (fault.esr & 0x3f) == status;
}

bool as_expected(Expect expect, const std::optional<Fault>& fault) {
    constexpr u64 external = 0x10;
    constexpr u64 external_on_walk = 0x14;
    constexpr u64 alignment = 0x21;
    constexpr u64 unsupported_exclusive = 0x35;
    const u64 ec = fault ? fault->exception_class() : 0;
    switch (expect) {
        case Expect::data_abort:
            return fault && ec == ec_data_abort;
        case Expect::external:
            return fault && is_abort(*fault, ec_data_abort, external);
        case Expect::external_on_walk:
            return fault && is_abort(*fault, ec_data_abort, external_on_walk);
        case Expect::alignment:
            return fault && is_abort(*fault, ec_data_abort, alignment);
        case Expect::not_exclusive:
            return fault && is_abort(*fault, ec_data_abort, unsupported_exclusive);
        case Expect::instruction_abort:
            return fault && ec == ec_instruction_abort;
        case Expect::fetch_on_walk:
            return fault && is_abort(*fault, ec_instruction_abort, external_on_walk);
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

u32 run(std::span<const Check> list, std::string_view only) {
    u32 failures = 0;
    for (const Check& check : list) {
        if (probes::wanted(only, check.name)) {
            bool holds = false;
            const auto fault = catch_fault([&] { holds = check.holds(); });
            failures += probes::report(check.name, holds, fault ? fault->esr : 0);
        }
    }
    return failures;
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
    if (tree().option("mmu") == "on") {
        enable_mmu();
    }
    const u32 failures = run(probes::memory_probes(), only) + run(probes::register_probes(), only) +
                         run(probes::device_probes(), only) +
                         run(probes::undescribed_checks(), only) + probes::probe_calls(only) +
                         probes::probe_id_registers(only) + run(probes::idle_checks(), only) +
                         run(probes::power_checks(), only) + run(probes::walk_probes(), only);
    say("probe: done, {} FAILED", failures);
}

}  // namespace isthmus::guest
