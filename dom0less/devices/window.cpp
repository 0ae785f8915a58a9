// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/window.hpp"

#include "dom0less/devices/kept_ranges.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

/// Whole pages around the device's registers: no finer grain can be handed out.
bool holds(const HostDevice& device, HostRange range) {
    for (const HostRange& window : device.windows) {
        if (window.outer_aligned(page_size).contains(range)) {
            return true;
        }
    }
    return false;
}

class WindowCheck {
  public:
    WindowCheck(const PlanInput& input, const AssignedDeviceConfig& device,
                const DeviceWindowConfig& window, Findings& findings)
        : input_(input), device_(device), host_(window.host), findings_(findings) {}

    bool run() { return is_named_device() && is_no_memory() && is_nobodys_own(); }

  private:
    bool is_named_device() {
        const HostDevice* named =
            device_.host_device ? &input_.config.devices[*device_.host_device] : nullptr;
        if (named == nullptr || holds(*named, host_)) {
            return true;
        }
        findings_.add_other(rules::dev_range, device_.path, "xen,reg", named->path,
                            "host {} is not among the pages that hold registers of {}", host_,
                            named->path);
        return false;
    }

    bool is_no_memory() {
        for (const fdt::MemoryBank& bank : input_.host.memory) {
            if (bank.range.overlaps(host_)) {
                findings_.add_other(rules::dev_range, device_.path, "xen,reg", bank.path,
                                    "host {} overlaps RAM {}", host_, bank.range);
                return false;
            }
        }
        for (const fdt::ReservedRange& reserved : input_.host.reserved) {
            if (reserved.range.outer_aligned(page_size).overlaps(host_)) {
                findings_.add_other(rules::dev_range, device_.path, "xen,reg", reserved.path,
                                    "host {} overlaps reserved memory {}", host_, reserved.range);
                return false;
            }
        }
        return true;
    }

    bool is_nobodys_own() {
        bool good = true;
        visit_kept(input_, [&](const KeptRange& kept) {
            if (good && kept.touches(host_)) {
                findings_.add_other(
                    rules::dev_own, device_.path, "xen,reg", kept.path,
                    kept.path.empty() ? "host {} overlaps {}, which Isthmus keeps for itself"
                                      : "host {} overlaps {} of {}, which Isthmus keeps for itself",
                    host_, kept.what, kept.path);
                good = false;
            }
        });
        return good;
    }

    const PlanInput& input_;
    const AssignedDeviceConfig& device_;
    HostRange host_;
    Findings& findings_;
};

}  // namespace

bool check_device_window(const PlanInput& input, const AssignedDeviceConfig& device,
                         const DeviceWindowConfig& window, Findings& findings) {
    return WindowCheck(input, device, window, findings).run();
}

}  // namespace isthmus::dom0less
