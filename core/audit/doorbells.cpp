// SPDX-License-Identifier: Apache-2.0
#include "core/audit/doorbells.hpp"

#include <algorithm>

#include "core/device/doorbells.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core {
namespace {

using dom0less::DoorbellPlan;
using dom0less::EmulatedDevicePlan;

bool has_block_for(const dom0less::DomainPlan& plan, u32 bell) {
    return std::ranges::any_of(plan.emulated, [&](const EmulatedDevicePlan& device) {
        return device.kind == dom0less::EmulatedKind::gpio &&
               device.number == bell / bells_in_gpio_block;
    });
}

bool is_as_planned(const DoorbellTie& tie, const DoorbellPlan& planned) {
    if (tie.peer == nullptr || tie.peer->plan->id != planned.peer ||
        planned.peer_bell >= tie.peer->plan->doorbells.size()) {
        return false;
    }
    const dom0less::DomainPlan& peer = *tie.peer->plan;
    return tie.peer_bell == planned.peer_bell &&
           tie.peer_intid == peer.doorbells[planned.peer_bell].intid &&
           tie.keep_when_off == planned.keep_when_off &&
           tie.has_gpio == has_block_for(peer, planned.peer_bell);
}

}  // namespace

void audit_doorbells(const Domain& domain, AuditReport& report) {
    const std::span<const DoorbellPlan> planned = domain.plan->doorbells;
    if (doorbell_count(domain) != planned.size()) {
        report.differ("audit: {} has {} doorbells, planned {}", domain.plan->name,
                      doorbell_count(domain), planned.size());
        return;
    }
    for (usize number = 0; number < planned.size(); ++number) {
        if (!is_as_planned(doorbell_tie(domain, number), planned[number])) {
            report.differ("audit: doorbell {} of {} does not ring as planned", number,
                          domain.plan->name);
        }
    }
}

void print_doorbell(TextSink& out, const Domain& domain, usize number) {
    const DoorbellCounts counts = doorbell_counts(domain, number);
    const DoorbellPlan& planned = domain.plan->doorbells[number];
    if (counts.rings == 0) {
        return;
    }
    print(out, "  {} rang {} in \"{}\" {} times: coalesced {}, delayed {}, ", domain.plan->name,
          owner_name(planned.peer), plan().regions[planned.region].id, counts.rings,
          counts.coalesced, counts.delayed);
    print(out, "{} while that was off {}\n", planned.keep_when_off ? "kept" : "dropped",
          counts.off);
}

void print_doorbells(TextSink& out, const Domain& domain) {
    for (usize number = 0; number < doorbell_count(domain); ++number) {
        print_doorbell(out, domain, number);
    }
}

}  // namespace isthmus::core
