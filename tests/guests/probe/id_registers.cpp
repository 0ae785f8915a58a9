// SPDX-License-Identifier: Apache-2.0
// The identification registers must not offer what a guest does not get (Arm ARM D19.2).
#include "isthmus/bits.hpp"
#include "probe/probe.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest::probes {
namespace {

struct Feature {
    std::string_view name;
    u64 (*read)();
    unsigned low;  ///< the field is 4 bits wide; 0 means "not there"
};

u64 pfr0() {
    return GUEST_READ_SYSREG(id_aa64pfr0_el1);
}
u64 pfr1() {
    return GUEST_READ_SYSREG(id_aa64pfr1_el1);
}
u64 dfr0() {
    return GUEST_READ_SYSREG(id_aa64dfr0_el1);
}

constexpr Feature features[] = {
    {"no-sve", pfr0, 32},       {"no-mpam", pfr0, 40},          {"no-activity-monitors", pfr0, 44},
    {"no-sme", pfr1, 24},       {"no-memory-tagging", pfr1, 8}, {"no-pmu", dfr0, 8},
    {"no-profiling", dfr0, 32}, {"no-trace-buffer", dfr0, 44},  {"no-trace-unit", dfr0, 4},
};

/// RAS in ID_AA64PFR0_EL1 says that ERRIDR_EL1 is there; that there are no records, it says itself.
u32 probe_error_records() {
    u64 records = 0;
    const bool offered = (pfr0() >> 28 & 0xf) != 0;
    const auto fault = catch_fault([&] { records = GUEST_READ_SYSREG(s3_0_c5_c3_0); });
    return report("error-records", offered ? !fault && records == 0 : fault.has_value(),
                  fault ? fault->esr : records);
}

}  // namespace

u32 probe_id_registers(std::string_view only) {
    u32 failures = 0;
    for (const Feature& feature : features) {
        if (wanted(only, feature.name)) {
            const u64 field = feature.read() >> feature.low & 0xf;
            failures += report(feature.name, field == 0, field);
        }
    }
    return failures + (wanted(only, "error-records") ? probe_error_records() : 0);
}

}  // namespace isthmus::guest::probes
