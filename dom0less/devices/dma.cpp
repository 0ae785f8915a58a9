// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/dma.hpp"

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::StreamRange;

u64 end_of(const StreamRange& range) {
    return u64{range.first} + range.count;
}

bool is_before(const StreamRange& left, const StreamRange& right) {
    return left.smmu != right.smmu ? left.smmu < right.smmu : left.first < right.first;
}

bool overlap(const StreamRange& left, const StreamRange& right) {
    return left.smmu == right.smmu && left.first < end_of(right) && right.first < end_of(left);
}

/// What stands against it, for the finding; nothing for a device behind an SMMUv3.
std::string_view why_not(const PlanInput& input, const AssignedDeviceConfig& device) {
    if (!device.host_device) {
        return "registers alone tell nothing of its DMA";
    }
    switch (input.config.devices[*device.host_device].streams.kind) {
        case fdt::DeviceStreams::Kind::smmu:
            return {};
        case fdt::DeviceStreams::Kind::none:
            return "no IOMMU holds back its DMA";
        case fdt::DeviceStreams::Kind::unknown:
            return "its IOMMU is none that Isthmus drives";
        case fdt::DeviceStreams::Kind::malformed:
            return "the property that names its IOMMU cannot be read";
    }
    return "no IOMMU holds back its DMA";
}

/// A driver tells the device addresses of its guest; without an IOMMU it takes them for the
/// machine's.
void check_addresses(const PlanInput& input, const DomainConfig& owner,
                     const AssignedDeviceConfig& device, Findings& findings) {
    if (owner.direct_map || !device.host_device) {
        return;
    }
    const HostDevice& host = input.config.devices[*device.host_device];
    if (host.masters_bus && !host.is_behind_smmu()) {
        findings.add_other(rules::dev_address, device.path, "xen,path", owner.path,
                           "{} does DMA by the machine's addresses, and {} is not direct-mapped: "
                           "its drivers will give it others",
                           host.path, owner.path);
    }
}

/// The first stream that two domains have.
const StreamRange* find_common(std::span<const StreamRange> left,
                               std::span<const StreamRange> right) {
    for (const StreamRange& one : left) {
        for (const StreamRange& other : right) {
            if (overlap(one, other)) {
                return one.first < other.first ? &other : &one;
            }
        }
    }
    return nullptr;
}

}  // namespace

void check_dma(const PlanInput& input, const DomainConfig& owner,
               const AssignedDeviceConfig& device, Findings& findings) {
    if (device.is_forced) {
        check_addresses(input, owner, device, findings);
        return;
    }
    if (owner.no_passthrough) {
        findings.add_other(rules::dev_iommu, device.path, {}, owner.path,
                           "passthrough of {} is \"disabled\", but a device is assigned to it "
                           "without xen,force-assign-without-iommu",
                           owner.path);
        return;
    }
    if (const std::string_view why = why_not(input, device); !why.empty()) {
        findings.add(rules::dev_iommu, device.path, {},
                     "{}; xen,force-assign-without-iommu says that it may reach all memory", why);
    }
}

std::span<const StreamRange> merge_streams(std::span<const StreamRange> streams, Arena& arena) {
    ArenaVector<StreamRange> merged(arena);
    for (const StreamRange& range : streams) {
        usize at = merged.size();
        while (at > 0 && is_before(range, merged[at - 1])) {
            --at;
        }
        merged.insert(at, range);
    }
    usize last = 0;
    for (usize i = 1; i < merged.size(); ++i) {
        StreamRange& below = merged[last];
        const StreamRange& above = merged[i];
        if (below.smmu != above.smmu || end_of(below) < above.first) {
            merged[++last] = above;
        } else if (end_of(below) < end_of(above)) {
            below.count = static_cast<u32>(end_of(above) - below.first);
        }
    }
    return merged.empty() ? merged.items() : merged.items().first(last + 1);
}

void check_streams(const PlanInput& input, std::span<const DeviceShare> shares,
                   Findings& findings) {
    for (usize i = 0; i < shares.size(); ++i) {
        for (usize j = 0; j < i; ++j) {
            const StreamRange* common = find_common(shares[i].streams, shares[j].streams);
            if (common != nullptr) {
                const std::string_view other = input.config.domains[j].path;
                findings.add_other(rules::dev_iommu, input.config.domains[i].path, {}, other,
                                   "stream {x} of {} is that of a device of {}, too", common->first,
                                   input.host.smmus[common->smmu].path, other);
            }
        }
    }
}

}  // namespace isthmus::dom0less
