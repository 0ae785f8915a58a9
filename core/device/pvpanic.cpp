// SPDX-License-Identifier: Apache-2.0
#include "core/device/pvpanic.hpp"

#include "core/domain/lifecycle.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

// Events, which are also what a read says is known.
constexpr u64 panicked = 1u << 0;
constexpr u64 crash_loaded = 1u << 1;  ///< it has panicked, and goes on in another kernel

Result<u64> read_events(Domain&, Vcpu&, u64 offset, unsigned) {
    return offset == 0 ? panicked | crash_loaded : 0;
}

Result<void> write_events(Domain& domain, Vcpu&, u64 offset, unsigned, u64 value) {
    if (offset == 0 && (value & panicked) != 0) {
        stop_domain(domain, StopReason::panic);
    } else if (offset == 0 && (value & crash_loaded) != 0) {
        log("{} panicked, and goes on in a kernel that it has loaded for that", domain.plan->name);
    }
    return {};
}

}  // namespace

Result<void> make_pvpanic(Domain& domain, const dom0less::EmulatedDevicePlan& plan) {
    return add_device(domain, mmio_device<read_events, write_events>(plan.registers[0], domain));
}

}  // namespace isthmus::core
