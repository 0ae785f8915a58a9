// SPDX-License-Identifier: Apache-2.0
#include "core/device/device_lines.hpp"

#include "core/domain/domain.hpp"
#include "isthmus/arch/interrupts.hpp"

namespace isthmus::core {
namespace {

/// By INTID. Fixed once boot has built the domains.
constinit std::array<Domain*, intid_limit> owners{};

}  // namespace

void connect_device_lines(Domain& domain) {
    for (const dom0less::InterruptRoutePlan& route : domain.plan->interrupts) {
        if (!route.is_device_line()) {
            continue;
        }
        const u32 line = *route.host_intid;
        domain.vgic.connect_shared(route.virtual_intid, line, route.edge);
        arch::prepare_interrupt(line, domain.vcpus[0].host_cpu,
                                route.edge ? arch::Trigger::edge : arch::Trigger::level);
        owners[line] = &domain;
    }
}

void release_device_lines(const Domain& domain) {
    for (const dom0less::InterruptRoutePlan& route : domain.plan->interrupts) {
        if (route.is_device_line()) {
            arch::set_interrupt_enabled(*route.host_intid, false);
        }
    }
}

bool hand_over_line(u32 intid) {
    Domain* owner = intid < owners.size() ? owners[intid] : nullptr;
    if (owner == nullptr) {
        return false;
    }
    owner->vgic.raise_host(intid);
    return true;
}

const Domain* line_owner(u32 intid) {
    return intid < owners.size() ? owners[intid] : nullptr;
}

}  // namespace isthmus::core
