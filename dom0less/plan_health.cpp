// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan_health.hpp"

#include <algorithm>

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

bool is_held_back(const SystemConfig& config, const AssignedDeviceConfig& device) {
    return device.host_device && config.devices[*device.host_device].is_behind_smmu();
}

/// The first of its devices that nobody holds back.
const AssignedDeviceConfig* find_free_device(const SystemConfig& config,
                                             const DomainConfig& domain) {
    for (const AssignedDeviceConfig& device : domain.assigned) {
        if (!is_held_back(config, device)) {
            return &device;
        }
    }
    return nullptr;
}

bool has_emulated(const DomainConfig& domain, EmulatedKind kind) {
    return std::ranges::any_of(domain.emulated,
                               [&](const EmulatedConfig& each) { return each.kind == kind; });
}

std::optional<EndAnswer> told(const DomainConfig& domain, EndCause cause) {
    return domain.health.answers[static_cast<usize>(cause)];
}

/// The property by which the node asks for a restart; empty: by none.
std::string_view asks_for_restart(const HealthConfig& health) {
    for (usize cause = 0; cause < end_causes; ++cause) {
        if (health.answers[cause] == EndAnswer::restart) {
            return answer_property(static_cast<EndCause>(cause));
        }
    }
    return health.limit ? restart_limit_property : std::string_view{};
}

void check_dma(const SystemConfig& config, const DomainConfig& domain, Findings& findings) {
    const std::string_view property = asks_for_restart(domain.health);
    const AssignedDeviceConfig* device = find_free_device(config, domain);
    if (!property.empty() && device != nullptr) {
        findings.add_other(rules::health_dma, domain.path, property, device->path,
                           "no SMMU holds back the DMA of {}, which could go on while the domain's "
                           "memory is cleared and filled: it can be stopped, not restarted",
                           device->path);
    }
}

/// The property that ends the group; empty: none.
std::string_view ends_group(const HealthConfig& health) {
    for (usize cause = 0; cause < end_causes; ++cause) {
        if (health.answers[cause] == EndAnswer::stop_group) {
            return answer_property(static_cast<EndCause>(cause));
        }
    }
    return health.on_limit == EndAnswer::stop_group ? on_restart_limit_property
                                                    : std::string_view{};
}

usize members(const SystemConfig& config, std::string_view group) {
    return static_cast<usize>(std::ranges::count_if(
        config.domains, [&](const DomainConfig& each) { return each.health.group == group; }));
}

void check_group(const SystemConfig& config, const DomainConfig& domain, Findings& findings) {
    const HealthConfig& health = domain.health;
    const std::string_view property = ends_group(health);
    if (!property.empty() && health.group.empty() && health.has_good_group) {
        findings.add(rules::health_group, domain.path, property,
                     "\"stop-group\" in a domain that is in none: {} is absent", group_property);
    }
    if (!health.group.empty() && members(config, health.group) == 1) {
        findings.add(rules::health_lonely, domain.path, group_property,
                     "no other domain is in the group \"{}\"", health.group);
    }
}

void check_limit(const DomainConfig& domain, const HealthPlan& plan, Findings& findings) {
    const HealthConfig& health = domain.health;
    bool restarts = false;
    for (usize cause = 0; cause < end_causes; ++cause) {
        restarts |= plan.answer(static_cast<EndCause>(cause)) == EndAnswer::restart;
    }
    if (health.limit && !restarts) {
        findings.add(rules::health_limit_unused, domain.path, restart_limit_property,
                     "it has no effect: nothing is answered with a restart");
    } else if (health.on_limit && !health.limit) {
        findings.add(rules::health_limit_unused, domain.path, on_restart_limit_property,
                     "it has no effect without {}", restart_limit_property);
    }
}

/// Answers to what cannot happen.
void check_causes(const DomainConfig& domain, Findings& findings) {
    const bool has_xen = domain.has_xen_interface || !domain.channels.empty();
    if (told(domain, EndCause::watchdog) && !has_xen &&
        !has_emulated(domain, EmulatedKind::watchdog)) {
        findings.add(rules::health_watchdog, domain.path, answer_property(EndCause::watchdog),
                     "it has no effect: the domain has neither isthmus,watchdog nor Xen's "
                     "interface, which has one");
    }
    if (told(domain, EndCause::panic) && !has_emulated(domain, EmulatedKind::pvpanic)) {
        findings.add(rules::health_panic, domain.path, answer_property(EndCause::panic),
                     "it has no effect: without isthmus,pvpanic no panic is seen");
    }
}

}  // namespace

bool can_restart(const SystemConfig& config, const DomainConfig& domain) {
    return !domain.is_dom0() && find_free_device(config, domain) == nullptr;
}

HealthPlan plan_health(const SystemConfig& config, const DomainConfig& domain) {
    HealthPlan plan = default_health(domain.is_dom0(), can_restart(config, domain));
    const HealthConfig& health = domain.health;
    for (usize i = 0; i < end_causes; ++i) {
        const auto cause = static_cast<EndCause>(i);
        plan.set_answer(cause, health.answers[i].value_or(plan.answer(cause)));
    }
    if (health.limit) {
        plan.restart_count = health.limit->restarts;
        plan.restart_seconds = health.limit->seconds;
    }
    plan.on_restart_limit = health.on_limit.value_or(plan.on_restart_limit);
    plan.group = health.group;
    return plan;
}

void check_health(const SystemConfig& config, Findings& findings) {
    for (const DomainConfig& domain : config.domains) {
        check_dma(config, domain, findings);
        check_group(config, domain, findings);
        check_limit(domain, plan_health(config, domain), findings);
        check_causes(domain, findings);
    }
}

}  // namespace isthmus::dom0less
