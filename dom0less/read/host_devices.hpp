// SPDX-License-Identifier: Apache-2.0
// The machine's devices, as far as domains may be given them: what Dom0 has, less what is assigned
// to others. Read only when somebody may have one.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "fdt/host_description.hpp"
#include "fdt/interrupts.hpp"
#include "fdt/streams.hpp"
#include "fdt/tree.hpp"
#include "mm/mapping_type.hpp"

namespace isthmus::dom0less {

/// A node that is present and has registers or shared interrupts of its own.
struct HostDevice {
    std::string_view path;
    u32 node = 0;                                ///< its number in tree order
    std::span<const HostRange> windows;          ///< registers, as the tree has them
    std::span<const HostRange> prefetchable;     ///< of `windows`: memory behind a PCI bridge
    std::span<const fdt::Interrupt> interrupts;  ///< the shared ones (SPIs)
    fdt::DeviceStreams streams;                  ///< by which an SMMU knows it
    bool is_own = false;       ///< Isthmus drives it, or emulates its like: nobody is given it
    bool masters_bus = false;  ///< its node says that it does DMA of its own; others may do so, too
    bool is_coherent = false;  ///< its DMA sees what CPUs' caches hold; where unsaid, it does not
    bool is_withheld = false;  ///< `xen,passthrough`: not Dom0's, whether it is assigned or not

    /// An SMMU that Isthmus drives stands before it.
    bool is_behind_smmu() const { return streams.kind == fdt::DeviceStreams::Kind::smmu; }
    /// How a guest's map shows these pages: as a device's, unless a prefetchable window has all of
    /// them.
    mm::MappingType mapping_type(HostRange pages) const;
    /// A page of `range` holds registers of this device.
    bool touches(HostRange range) const;
};

/// All of them, in tree order. What describes no device is left out: /chosen, /cpus, RAM,
/// /reserved-memory.
std::span<const HostDevice> read_host_devices(const fdt::Tree& tree,
                                              const fdt::HostDescription& host, Arena& arena);

/// The device whose node `path` names (or an alias), as an index into `devices`.
std::optional<u32> find_host_device(const fdt::Tree& tree, std::span<const HostDevice> devices,
                                    std::string_view path);

}  // namespace isthmus::dom0less
