// SPDX-License-Identifier: Apache-2.0
// Who gets which of the machine's devices. A guest has what its partial tree names, Dom0 all that
// is left. Pages and interrupts have one user each: what shares a page or a line with a device that
// is given away goes with it.
#pragma once

#include "dom0less/memory/guest_space.hpp"

namespace isthmus::dom0less {

/// One domain's part.
struct DeviceShare {
    std::span<const DevicePlan> devices;             ///< in tree order
    std::span<const MappingPlan> mappings;           ///< sorted, disjoint, whole pages
    std::span<const InterruptRoutePlan> interrupts;  ///< each line once
    std::span<const fdt::StreamRange> streams;       ///< each once, sorted
};

struct DeviceShares {
    std::span<const DeviceShare> of_domain;
    std::span<const u32> not_for_dom0;  ///< as Plan::not_for_dom0
};

/// A share for each domain; `emulations`: one for each. Rules: dev-own, dev-twice, dev-range,
/// dev-iommu, dev-guest-overlap, dev-guest-range, dev-direct-map, dev-interrupt, dev-goes-along and
/// dev-address (warnings), dom0-device (a warning).
DeviceShares plan_devices(const PlanInput& input, std::span<const Emulation> emulations,
                          Arena& arena, Findings& findings);

/// Adds what an SMMU knows the device by.
void add_streams(ArenaVector<fdt::StreamRange>& streams, const HostDevice& device);
/// Adds a mapping of registers to a sorted list, unless it is there already.
void add_device_mapping(ArenaVector<MappingPlan>& mappings, GuestRange guest, HostAddress host,
                        mm::MappingType type = mm::MappingType::device);

}  // namespace isthmus::dom0less
