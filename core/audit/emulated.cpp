// SPDX-License-Identifier: Apache-2.0
#include "core/audit/emulated.hpp"

#include <algorithm>

#include "core/domain/domain.hpp"

namespace isthmus::core {
namespace {

void audit_answer(const Domain& domain, std::string_view name, GuestRange frame,
                  AuditReport& report) {
    const auto devices = domain.devices.items();
    if (!std::ranges::any_of(devices, [&](const auto& each) { return each.range == frame; })) {
        report.differ("audit: {} has nothing that answers for {} at {}", domain.plan->name, name,
                      frame);
    }
}

void audit_place(const Domain& domain, std::string_view name, GuestRange frame,
                 AuditReport& report) {
    for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
        if (mapping.guest.overlaps(frame)) {
            report.differ("audit: {} reaches memory in the place of {} at {}", domain.plan->name,
                          name, mapping.guest.intersection(frame));
        }
    }
}

}  // namespace

void audit_emulated(const Domain& domain, AuditReport& report) {
    const dom0less::GuestGicPlan& gic = domain.plan->gic;
    usize planned = 0;
    for (const GuestRange& frame : {gic.distributor, gic.redistributors}) {
        if (!frame.empty()) {
            ++planned;
            audit_answer(domain, "the interrupt controller", frame, report);
        }
    }
    for (const dom0less::EmulatedDevicePlan& device : domain.plan->emulated) {
        for (const GuestRange& frame : device.registers) {
            ++planned;
            audit_answer(domain, device.name, frame, report);
            audit_place(domain, device.name, frame, report);
        }
    }
    if (domain.devices.size() != planned) {
        report.differ("audit: {} has {} ranges of emulated registers, planned {}",
                      domain.plan->name, domain.devices.size(), planned);
    }
}

}  // namespace isthmus::core
