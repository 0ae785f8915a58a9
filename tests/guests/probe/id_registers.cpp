// SPDX-License-Identifier: Apache-2.0
// The identification registers must not offer what a guest does not get (Arm ARM D19.2).
#include "isthmus/bits.hpp"
#include "probe/probe.hpp"
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

}  // namespace

u32 probe_id_registers(std::string_view only) {
    u32 failures = 0;
    for (const Feature& feature : features) {
        if (wanted(only, feature.name)) {
            const u64 field = feature.read() >> feature.low & 0xf;
            failures += report(feature.name, field == 0, field);
        }
    }
    return failures;
}

}  // namespace isthmus::guest::probes
