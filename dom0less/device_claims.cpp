// SPDX-License-Identifier: Apache-2.0
#include "dom0less/device_claims.hpp"

#include "dom0less/device_dma.hpp"
#include "dom0less/rules.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u32 nobody = ~u32{0};

std::span<u32> nobodys(Arena& arena, usize count) {
    const std::span<u32> list = arena.allocate<u32>(count);
    for (u32& each : list) {
        each = nobody;
    }
    return list;
}

}  // namespace

DeviceClaims::DeviceClaims(const PlanInput& input, Arena& arena, Findings& findings)
    : input_(input),
      findings_(findings),
      owners_(nobodys(arena, input.config.devices.size())),
      lines_(nobodys(arena, fdt::first_spi + limits::spis)),
      pages_(arena) {
    if (owners_.empty() || lines_.empty()) {
        return;  // the arena is used up; the planner reports that
    }
    for (u32 i = 0; i < input.config.domains.size(); ++i) {
        for (const AssignedDeviceConfig& device : input.config.domains[i].assigned) {
            claim(i, device);
        }
    }
    take_along();
}

bool DeviceClaims::is_left(u32 device) const {
    const HostDevice& each = input_.config.devices[device];
    return !owners_.empty() && owners_[device] == nobody && !each.is_own && !each.is_withheld;
}

void DeviceClaims::claim(u32 domain, const AssignedDeviceConfig& device) {
    if (device.host_device && !claim_device(domain, device)) {
        return;
    }
    for (const DeviceWindowConfig& window : device.windows) {
        claim_pages(domain, device, window);
    }
    if (device.host_device) {
        claim_lines(domain, device);
    }
    check_dma(input_, device, findings_);
}

bool DeviceClaims::claim_device(u32 domain, const AssignedDeviceConfig& device) {
    const HostDevice& host = input_.config.devices[*device.host_device];
    u32& owner = owners_[*device.host_device];
    if (host.is_own) {
        findings_.add_other(rules::dev_own, device.path, "xen,path", host.path,
                            "{} is a device that Isthmus keeps for itself", host.path);
        return false;
    }
    if (owner != nobody) {
        findings_.add_other(rules::dev_twice, device.path, "xen,path", host.path,
                            "{} is assigned to {} already", host.path,
                            input_.config.domains[owner].path);
        return false;
    }
    owner = domain;
    return true;
}

/// Whole pages around the device's registers: no finer grain can be handed out.
bool DeviceClaims::is_part_of(const AssignedDeviceConfig& device, HostRange range) const {
    if (!device.host_device) {
        return true;
    }
    for (const HostRange& window : input_.config.devices[*device.host_device].windows) {
        if (window.outer_aligned(page_size).contains(range)) {
            return true;
        }
    }
    return false;
}

void DeviceClaims::claim_pages(u32 domain, const AssignedDeviceConfig& device,
                               const DeviceWindowConfig& window) {
    if (!is_part_of(device, window.host)) {
        const std::string_view path = input_.config.devices[*device.host_device].path;
        findings_.add_other(rules::dev_range, device.path, "xen,reg", path,
                            "host {} is not among the pages that hold registers of {}", window.host,
                            path);
        return;
    }
    for (const fdt::MemoryBank& bank : input_.host.memory) {
        if (bank.range.overlaps(window.host)) {
            findings_.add_other(rules::dev_range, device.path, "xen,reg", bank.path,
                                "host {} overlaps RAM {}", window.host, bank.range);
            return;
        }
    }
    for (const HostDevice& other : input_.config.devices) {
        if (other.is_own && other.touches(window.host)) {
            findings_.add_other(rules::dev_own, device.path, "xen,reg", other.path,
                                "host {} holds registers of {}, which Isthmus keeps for itself",
                                window.host, other.path);
            return;
        }
    }
    for (const DeviceClaim& other : pages_) {
        if (other.domain != domain && other.pages.overlaps(window.host)) {
            findings_.add_other(rules::dev_twice, device.path, "xen,reg", other.path,
                                "host {} overlaps {} of {}", window.host, other.pages, other.path);
            return;
        }
    }
    pages_.push_back({window.host, domain, device.path});
}

void DeviceClaims::claim_lines(u32 domain, const AssignedDeviceConfig& device) {
    const HostDevice& host = input_.config.devices[*device.host_device];
    for (const fdt::Interrupt& line : host.interrupts) {
        if (input_.host.console && input_.host.console->intid == line.intid) {
            findings_.add_other(rules::dev_interrupt, device.path, "xen,path", host.path,
                                "interrupt {} of {} is that of Isthmus's console, too", line.intid,
                                host.path);
        } else if (lines_[line.intid] != nobody && lines_[line.intid] != domain) {
            findings_.add_other(rules::dev_interrupt, device.path, "xen,path", host.path,
                                "interrupt {} of {} is that of a device of {}, too", line.intid,
                                host.path, input_.config.domains[lines_[line.intid]].path);
        } else {
            lines_[line.intid] = domain;
        }
    }
}

u32 DeviceClaims::takes_along(const HostDevice& device) const {
    for (const DeviceClaim& claim : pages_) {
        if (device.touches(claim.pages)) {
            return claim.domain;
        }
    }
    for (const fdt::Interrupt& line : device.interrupts) {
        if (lines_[line.intid] != nobody) {
            return lines_[line.intid];
        }
    }
    return nobody;
}

void DeviceClaims::take_along() {
    const auto& devices = input_.config.devices;
    for (u32 domain = 0; domain < input_.config.domains.size(); ++domain) {
        usize count = 0;
        std::string_view first;
        for (u32 i = 0; i < devices.size(); ++i) {
            if (is_left(i) && takes_along(devices[i]) == domain) {
                owners_[i] = domain;
                first = count++ == 0 ? devices[i].path : first;
            }
        }
        if (count != 0) {
            findings_.add_other(
                rules::dev_goes_along, input_.config.domains[domain].path, {}, first,
                "{} more devices share a page or an interrupt with what it is assigned, and go "
                "with it; the first is {}",
                count, first);
        }
    }
}

}  // namespace isthmus::dom0less
