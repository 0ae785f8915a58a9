// SPDX-License-Identifier: Apache-2.0
// What a device may reach by itself (DMA): behind an SMMUv3 as much as its domain does, else all of
// memory. Internal to the room.
#pragma once

#include "dom0less/devices/planner.hpp"

namespace isthmus::dom0less {

/// Rule dev-iommu, of a device assigned to `owner`: no SMMUv3 stands before it, or the domain wants
/// none, and the tree does not say that it need not be held back. Rule dev-address (a warning), of
/// one that need not be: its DMA cannot work.
void check_dma(const PlanInput& input, const DomainConfig& owner,
               const AssignedDeviceConfig& device, Findings& findings);

/// The streams of these devices, each once: sorted by SMMU and number, disjoint.
std::span<const fdt::StreamRange> merge_streams(std::span<const fdt::StreamRange> streams,
                                                Arena& arena);

/// Rule dev-iommu, between domains: one stream has one table of translations.
void check_streams(const PlanInput& input, std::span<const DeviceShare> shares, Findings& findings);

}  // namespace isthmus::dom0less
