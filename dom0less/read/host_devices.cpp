// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/host_devices.hpp"

#include "dom0less/read/host_nodes.hpp"
#include "fdt/device.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

std::span<const fdt::Interrupt> shared_interrupts(const fdt::Tree& tree, const Node& node,
                                                  Arena& arena) {
    ArenaVector<fdt::Interrupt> shared(arena);
    for (const fdt::Interrupt& interrupt : fdt::all_interrupts(tree, node, arena)) {
        if (interrupt.is_shared()) {
            shared.push_back(interrupt);
        }
    }
    return shared.items();
}

/// `dma-coherent` stands at devices that do DMA alone; PCI bridges and virtio's transports do it by
/// their nature.
bool masters_bus(const Node& node) {
    return node.has("dma-coherent") || node.is_compatible("virtio,mmio") ||
           node.text("device_type") == "pci";
}

/// Said by the device's node or the nearest bus above it that says anything (Devicetree
/// specification, 2.3.10; on Arm machines silence means no).
bool is_coherent(Node node) {
    for (; node.number() != 0; node = node.parent()) {
        if (node.has("dma-coherent") || node.has("dma-noncoherent")) {
            return node.has("dma-coherent");
        }
    }
    return node.has("dma-coherent");
}

}  // namespace

bool HostDevice::touches(HostRange range) const {
    for (const HostRange& window : windows) {
        if (window.outer_aligned(page_size).overlaps(range.outer_aligned(page_size))) {
            return true;
        }
    }
    return false;
}

mm::MappingType HostDevice::mapping_type(HostRange pages) const {
    for (const HostRange& window : prefetchable) {
        if (window.contains(pages)) {
            return mm::MappingType::device_nc;
        }
    }
    return mm::MappingType::device;
}

std::span<const HostDevice> read_host_devices(const fdt::Tree& tree,
                                              const fdt::HostDescription& host, Arena& arena) {
    ArenaVector<HostDevice> devices(arena);
    for (u32 number = 1; number < tree.node_count(); ++number) {
        const Node node = tree.node(number);
        // What Isthmus drives is a device wherever it stands.
        const bool is_own = is_own_device(node, host);
        if (!is_own && (is_no_device(node) || is_replaced(node) || !fdt::is_present(node))) {
            continue;
        }
        HostDevice device;
        device.windows = fdt::device_windows(node, arena);
        device.prefetchable = fdt::prefetchable_windows(node, arena);
        device.interrupts = shared_interrupts(tree, node, arena);
        if (device.windows.empty() && device.interrupts.empty()) {
            continue;
        }
        device.path = node.path();
        device.node = number;
        device.streams = fdt::device_streams(tree, node, host.smmus, arena);
        device.is_own = is_own;
        device.masters_bus = masters_bus(node);
        device.is_coherent = is_coherent(node);
        device.is_withheld = node.has("xen,passthrough");
        devices.push_back(device);
    }
    return devices.items();
}

std::optional<u32> find_host_device(const fdt::Tree& tree, std::span<const HostDevice> devices,
                                    std::string_view path) {
    const auto node = tree.find(path);
    for (u32 i = 0; node && i < devices.size(); ++i) {
        if (devices[i].path == node->path()) {
            return i;
        }
    }
    return std::nullopt;
}

}  // namespace isthmus::dom0less
