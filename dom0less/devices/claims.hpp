// SPDX-License-Identifier: Apache-2.0
// Which device of the machine is whose: pages and interrupt lines have one user each. Internal to
// the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

/// Pages that a domain's partial tree asks for.
struct DeviceClaim {
    HostRange pages;
    u32 domain = 0;  ///< index in the configuration
    std::string_view path;
};

class DeviceClaims {
  public:
    /// Judges all that is assigned. Rules: dev-own, dev-twice, dev-range, dev-iommu, dev-interrupt,
    /// dev-goes-along.
    DeviceClaims(const PlanInput& input, Arena& arena, Findings& findings);

    /// Nobody has been assigned the device, nor does it go along with one that was; and it is not
    /// Isthmus's own, nor withheld.
    bool is_left(u32 device) const;
    std::span<const DeviceClaim> pages() const { return pages_.items(); }

  private:
    void claim(u32 domain, const AssignedDeviceConfig& device);
    bool claim_device(u32 domain, const AssignedDeviceConfig& device);
    void claim_pages(u32 domain, const AssignedDeviceConfig& device,
                     const DeviceWindowConfig& window);
    void claim_lines(u32 domain, const AssignedDeviceConfig& device);
    void check_pages();
    /// The domain that has a page with registers of the device; or nobody.
    u32 page_user(const HostDevice& device) const;
    /// The domain that gets a page or a line of a device which it was not assigned; or nobody.
    u32 takes_along(const HostDevice& device) const;
    void take_along();
    void follow(u32 domain, const HostDevice& device);
    void report_along(u32 domain);

    const PlanInput& input_;
    Findings& findings_;
    std::span<u32> owners_;  ///< of each device: index of the domain
    std::span<bool> along_;  ///< of each device: its domain was not assigned it, nor Dom0 has it
    std::span<u32> lines_;   ///< of each interrupt, by number: index of the domain
    ArenaVector<DeviceClaim> pages_;
    bool clashes_ = false;  ///< two domains ask for one page
};

}  // namespace isthmus::dom0less
