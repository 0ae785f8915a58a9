// SPDX-License-Identifier: Apache-2.0
// By which numbers an SMMU knows a device: its stream IDs, from `iommus` (the generic IOMMU
// binding) or, of a PCI host bridge, from `iommu-map` (the PCI IOMMU binding).
#pragma once

#include <span>

#include "fdt/smmu.hpp"
#include "fdt/tree.hpp"

namespace isthmus::fdt {

/// Stream IDs `first` to `first + count - 1` of one SMMU. `count` is not 0, and the last one is a
/// number of 32 bits.
struct StreamRange {
    u32 smmu = 0;  ///< its place in HostDescription::smmus
    u32 first = 0;
    u32 count = 0;
    bool operator==(const StreamRange&) const = default;
};

struct DeviceStreams {
    enum class Kind : u8 {
        none,      ///< no IOMMU is named: nothing translates what the device accesses
        smmu,      ///< all of `ranges`, and no others
        unknown,   ///< one that is named is none of the SMMUs given: another kind, or not in use
        malformed  ///< the property cannot be read
    };
    Kind kind = Kind::none;
    /// In tree order, overlaps and all; empty unless the kind is `smmu`.
    std::span<const StreamRange> ranges;
    std::string_view property;    ///< the one that was read: "iommus", "iommu-map" or empty
    std::string_view other_path;  ///< of kind `unknown`: the node that was named
};

/// The streams of `device`. `smmus` as scan_smmu found them. Both properties count when the node
/// has both. `iommu-map` gives what any function behind the bridge may use: iommu-map-mask, which
/// makes it less, is not looked at.
DeviceStreams device_streams(const Tree& tree, const Node& device, std::span<const Smmu> smmus,
                             Arena& arena);

}  // namespace isthmus::fdt
