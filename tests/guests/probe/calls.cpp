// SPDX-License-Identifier: Apache-2.0
// Calls with wrong numbers and wrong arguments: each has a defined answer.
#include "probe/probe.hpp"
#include "runtime/smccc.hpp"

namespace isthmus::guest::probes {
namespace {

constexpr i64 enosys = -38;

struct Call {
    std::string_view name;
    i64 answer;
    u64 (*action)();
};

u64 own_mpidr() {
    return tree().cpu(0).value_or(0);
}

constexpr Call calls[] = {
    {"hvc-unknown", -1, [] { return hvc(0xc600'1234); }},
    {"hvc-zero", -1, [] { return hvc(0); }},
    {"smc-unknown", -1, [] { return smc(0xc300'5678); }},
    {"smc-zero", -1, [] { return smc(0); }},
    {"smc-psci-version", 0x1'0001, [] { return smc(psci::version); }},
    {"xen-unknown", enosys, [] { return xen_hypercall(63, 1, 2); }},
    {"xen-wild", enosys, [] { return xen_hypercall(~u64{0}, 1, 2); }},
    {"psci-features-unknown", -1, [] { return hvc(psci::features, 0xc400'00ff); }},
    {"psci-features-cpu-on", 0, [] { return hvc(psci::features, psci::cpu_on); }},
    {"psci-migrate-type", 2, [] { return hvc(psci::migrate_info_type); }},
    {"psci-on-nobody", psci::invalid_parameters, [] { return hvc(psci::cpu_on, 0x12345678, 0); }},
    {"psci-on-self", psci::already_on, [] { return hvc(psci::cpu_on, own_mpidr(), 0x4000'0000); }},
    {"psci-info-nobody", psci::invalid_parameters,
     [] { return hvc(psci::affinity_info, 0x12345678, 0); }},
    {"psci-info-self", 0, [] { return hvc(psci::affinity_info, own_mpidr(), 0); }},
    {"psci-unknown", -1, [] { return hvc(0x8400'001f); }},
};

/// An answer in w0 counts too: 32-bit functions need not extend it.
bool answers(u64 value, i64 expected) {
    return static_cast<i64>(value) == expected ||
           static_cast<i64>(static_cast<i32>(value)) == expected;
}

}  // namespace

u32 probe_calls(std::string_view only) {
    u32 failures = 0;
    for (const Call& call : calls) {
        if (!wanted(only, call.name)) {
            continue;
        }
        u64 value = 0;
        const auto fault = catch_fault([&] { value = call.action(); });
        failures += report(call.name, !fault && answers(value, call.answer), value);
    }
    return failures;
}

}  // namespace isthmus::guest::probes
