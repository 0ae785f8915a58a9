// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/claims.hpp"

#include "dom0less/devices/dma.hpp"
#include "dom0less/devices/window.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

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
      along_(arena.allocate<bool>(input.config.devices.size())),
      lines_(nobodys(arena, fdt::first_spi + limits::spis)),
      pages_(arena) {
    if (owners_.empty() || along_.empty() || lines_.empty()) {
        return;  // the arena is used up; the planner reports that
    }
    for (u32 i = 0; i < input.config.domains.size(); ++i) {
        for (const AssignedDeviceConfig& device : input.config.domains[i].assigned) {
            claim(i, device);
        }
    }
    check_pages();
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
    check_dma(input_, input_.config.domains[domain], device, findings_);
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

void DeviceClaims::claim_pages(u32 domain, const AssignedDeviceConfig& device,
                               const DeviceWindowConfig& window) {
    if (!check_device_window(input_, device, window, findings_)) {
        return;
    }
    for (const DeviceClaim& other : pages_) {
        if (other.domain != domain && other.pages.overlaps(window.host)) {
            findings_.add_other(rules::dev_twice, device.path, "xen,reg", other.path,
                                "host {} overlaps {} of {}", window.host, other.pages, other.path);
            clashes_ = true;
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

u32 DeviceClaims::page_user(const HostDevice& device) const {
    for (const DeviceClaim& claim : pages_) {
        if (device.touches(claim.pages)) {
            return claim.domain;
        }
    }
    return nobody;
}

u32 DeviceClaims::takes_along(const HostDevice& device) const {
    u32 user = page_user(device);
    for (const fdt::Interrupt& line : device.interrupts) {
        user = user == nobody ? lines_[line.intid] : user;
    }
    return user;
}

/// Rule dev-twice: a page of one domain holds registers of a device that another was assigned by
/// its path.
void DeviceClaims::check_pages() {
    const auto& devices = input_.config.devices;
    if (clashes_) {
        return;  // what would be said here has been said of the pages
    }
    for (const DeviceClaim& claim : pages_) {
        for (u32 i = 0; i < devices.size(); ++i) {
            if (owners_[i] != nobody && owners_[i] != claim.domain &&
                devices[i].touches(claim.pages)) {
                findings_.add_other(rules::dev_twice, claim.path, "xen,reg", devices[i].path,
                                    "host {} holds registers of {}, which is assigned to {}",
                                    claim.pages, devices[i].path,
                                    input_.config.domains[owners_[i]].path);
            }
        }
    }
}

/// Its lines are the domain's, too: who shares them follows. Rule dev-interrupt.
void DeviceClaims::follow(u32 domain, const HostDevice& device) {
    for (const fdt::Interrupt& line : device.interrupts) {
        u32& user = lines_[line.intid];
        if (user != nobody && user != domain) {
            findings_.add_other(rules::dev_interrupt, input_.config.domains[domain].path, {},
                                device.path,
                                "{} goes along with what it is assigned, but its interrupt {} is "
                                "that of a device of {}, too",
                                device.path, line.intid, input_.config.domains[user].path);
        }
        user = user == nobody ? domain : user;
    }
}

void DeviceClaims::take_along() {
    const auto& devices = input_.config.devices;
    // What goes along may share a line with the next.
    for (bool again = true; again;) {
        again = false;
        for (u32 i = 0; i < devices.size(); ++i) {
            const bool is_free = owners_[i] == nobody && !devices[i].is_own;
            const u32 domain = is_free ? takes_along(devices[i]) : nobody;
            if (domain != nobody) {
                owners_[i] = domain;
                along_[i] = !devices[i].is_withheld;
                follow(domain, devices[i]);
                again = true;
            }
        }
    }
    // An error may be the very reason why a device was not assigned, but goes along.
    for (u32 domain = 0; !findings_.has_errors() && domain < input_.config.domains.size();
         ++domain) {
        report_along(domain);
    }
}

void DeviceClaims::report_along(u32 domain) {
    usize count = 0;
    std::string_view first;
    for (u32 i = 0; i < owners_.size(); ++i) {
        if (along_[i] && owners_[i] == domain) {
            first = count++ == 0 ? input_.config.devices[i].path : first;
        }
    }
    if (count != 0) {
        findings_.add_other(rules::dev_goes_along, input_.config.domains[domain].path, {}, first,
                            "what shares a page or an interrupt with the devices it is assigned "
                            "goes with them: {} in number, the first is {}",
                            count, first);
    }
}

}  // namespace isthmus::dom0less
