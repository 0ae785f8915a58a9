// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/planner.hpp"

#include <algorithm>

#include "dom0less/devices/claims.hpp"
#include "dom0less/devices/dma.hpp"
#include "dom0less/devices/dom0_devices.hpp"
#include "dom0less/emulated/kind.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

GuestRange guest_range(const DeviceWindowConfig& window) {
    return *GuestRange::from(window.guest, window.host.size());
}

/// Rules of the guest's own addresses: dev-guest-range, dev-direct-map, dev-guest-overlap.
class GuestPlaces {
  public:
    GuestPlaces(const DomainConfig& domain, const Emulation& emulation, Arena& arena,
                Findings& findings)
        : domain_(domain),
          uses_(guest_fixtures(domain, emulation, arena)),
          seen_(arena),
          findings_(findings) {}

    void check(const AssignedDeviceConfig& device, const DeviceWindowConfig& window) {
        const GuestRange range = guest_range(window);
        if (range.end().raw() > guest_layout::address_end) {
            findings_.add(rules::dev_guest_range, device.path, "xen,reg",
                          "guest {} is past the end of a guest's addresses, {x}", range,
                          guest_layout::address_end);
        }
        if (domain_.direct_map && window.guest.raw() != window.host.start().raw()) {
            findings_.add_other(rules::dev_direct_map, device.path, "xen,reg", domain_.path,
                                "guest {} differs from host {}, but {} is direct-mapped", range,
                                window.host, domain_.path);
        }
        for (const shm::GuestUse& use : uses_) {
            if (range.overlaps(use.range)) {
                findings_.add_other(rules::dev_guest_overlap, device.path, "xen,reg", domain_.path,
                                    "guest {} overlaps {} {} of {}", range, use.what, use.range,
                                    domain_.path);
            }
        }
        for (const DeviceWindowConfig& other : seen_) {
            const bool same = other.host == window.host && other.guest == window.guest;
            if (!same && range.overlaps(guest_range(other))) {
                findings_.add(rules::dev_guest_overlap, device.path, "xen,reg",
                              "guest {} overlaps guest {} of another device", range,
                              guest_range(other));
            }
        }
        seen_.push_back(window);
    }

  private:
    const DomainConfig& domain_;
    std::span<const shm::GuestUse> uses_;
    ArenaVector<DeviceWindowConfig> seen_;
    Findings& findings_;
};

DevicePlan plan_assigned(const PlanInput& input, const AssignedDeviceConfig& config, Arena& arena) {
    ArenaVector<DeviceWindowPlan> windows(arena);
    for (const DeviceWindowConfig& window : config.windows) {
        windows.push_back({guest_range(window), window.host.start()});
    }
    DevicePlan plan;
    if (config.host_device) {
        const HostDevice& device = input.config.devices[*config.host_device];
        plan.path = device.path;
        plan.is_behind_smmu = device.is_behind_smmu();
        plan.is_coherent = device.is_coherent;
    }
    plan.asked_by = config.path;
    plan.windows = windows.items();
    plan.is_forced = config.is_forced;
    return plan;
}

/// Rule dev-interrupt: a line that an emulated device of the guest has.
void check_line(const Emulation& emulation, const AssignedDeviceConfig& device, u32 intid,
                Findings& findings) {
    for (const EmulatedDevicePlan& emulated : emulation.devices) {
        if (std::ranges::count(emulated.interrupts, intid) != 0) {
            const DeviceKind& kind = device_kind(emulated.kind);
            findings.add(rules::dev_interrupt, device.path, "xen,path",
                         "interrupt {} is that of {}, which the guest has by {}", intid, kind.what,
                         kind.property);
        }
    }
}

void add_route(ArenaVector<InterruptRoutePlan>& routes, const fdt::Interrupt& line,
               std::string_view device) {
    for (const InterruptRoutePlan& known : routes) {
        if (known.virtual_intid == line.intid) {
            return;
        }
    }
    routes.push_back({line.intid, line.intid, device, line.edge});
}

/// Where the partial tree names a device: what that says of these pages.
mm::MappingType mapping_type(const PlanInput& input, const AssignedDeviceConfig& config,
                             const DeviceWindowConfig& window) {
    return config.host_device ? input.config.devices[*config.host_device].mapping_type(window.host)
                              : mm::MappingType::device;
}

DeviceShare share_of_guest(const PlanInput& input, const DomainConfig& domain,
                           const Emulation& emulation, Arena& arena, Findings& findings) {
    GuestPlaces places(domain, emulation, arena, findings);
    ArenaVector<DevicePlan> devices(arena);
    ArenaVector<MappingPlan> mappings(arena);
    ArenaVector<InterruptRoutePlan> routes(arena);
    ArenaVector<fdt::StreamRange> streams(arena);
    for (const AssignedDeviceConfig& config : domain.assigned) {
        devices.push_back(plan_assigned(input, config, arena));
        for (const DeviceWindowConfig& window : config.windows) {
            places.check(config, window);
            add_device_mapping(mappings, guest_range(window), window.host.start(),
                               mapping_type(input, config, window));
        }
        if (!config.host_device) {
            continue;
        }
        const HostDevice& device = input.config.devices[*config.host_device];
        for (const fdt::Interrupt& line : device.interrupts) {
            check_line(emulation, config, line.intid, findings);
            add_route(routes, line, device.path);
        }
        add_streams(streams, device);
    }
    return {devices.items(), mappings.items(), routes.items(),
            merge_streams(streams.items(), arena)};
}

}  // namespace

void add_device_mapping(ArenaVector<MappingPlan>& mappings, GuestRange guest, HostAddress host,
                        mm::MappingType type) {
    usize at = mappings.size();
    while (at > 0 && guest.start() < mappings[at - 1].guest.start()) {
        --at;
    }
    // The same registers once more, named by another device of their page.
    if (at > 0 && mappings[at - 1].guest.overlaps(guest)) {
        return;
    }
    mappings.insert(at, {guest, host, type, std::nullopt});
}

void add_streams(ArenaVector<fdt::StreamRange>& streams, const HostDevice& device) {
    for (const fdt::StreamRange& range : device.streams.ranges) {
        streams.push_back(range);
    }
}

DeviceShares plan_devices(const PlanInput& input, std::span<const Emulation> emulations,
                          Arena& arena, Findings& findings) {
    const auto& domains = input.config.domains;
    const auto& devices = input.config.devices;
    const std::span<DeviceShare> shares = arena.allocate<DeviceShare>(domains.size());
    if (shares.empty() || devices.empty()) {
        return {shares, {}};
    }
    const DeviceClaims claims(input, arena, findings);
    for (u32 i = 0; i < shares.size(); ++i) {
        if (domains[i].is_dom0()) {
            shares[i] = share_of_dom0(input, claims, arena, findings);
        } else if (!domains[i].assigned.empty()) {
            shares[i] = share_of_guest(input, domains[i], emulations[i], arena, findings);
        }
    }
    check_streams(input, shares, findings);
    ArenaVector<u32> not_for_dom0(arena);
    for (u32 i = 0; i < devices.size(); ++i) {
        if (!claims.is_left(i)) {
            not_for_dom0.push_back(devices[i].node);
        }
    }
    return {shares, not_for_dom0.items()};
}

}  // namespace isthmus::dom0less
