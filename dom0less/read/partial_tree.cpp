// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/partial_tree.hpp"

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/partial_tree_lines.hpp"
#include "dom0less/read/partial_tree_module.hpp"
#include "fdt/cells.hpp"
#include "fdt/device.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;
using fdt::Property;

constexpr std::string_view reg_name = "xen,reg";
constexpr std::string_view path_name = "xen,path";
constexpr std::string_view force_name = "xen,force-assign-without-iommu";

bool has_line(std::span<const fdt::Interrupt> lines, u32 intid) {
    for (const fdt::Interrupt& line : lines) {
        if (line.intid == intid) {
            return true;
        }
    }
    return false;
}

/// Reads /passthrough of one domain's partial tree.
class Reader {
  public:
    Reader(const ConfigInput& input, std::span<const HostDevice> devices,
           const ModuleConfig& module, Arena& arena, Findings& findings)
        : input_(input),
          devices_(devices),
          module_(module),
          arena_(arena),
          findings_(findings),
          assigned_(arena) {}

    std::span<const AssignedDeviceConfig> read(const fdt::Tree& partial) {
        const auto passthrough = partial.root().child("passthrough");
        if (!passthrough) {
            return {};
        }
        // In tree order all that is below it follows it.
        const u32 first = passthrough->number() + 1;
        for (u32 i = first; i < partial.node_count() && is_below(partial.node(i), *passthrough);
             ++i) {
            read_node(partial.node(i));
        }
        const u32 gic = partial_gic_phandle(partial);
        for (u32 i = first;
             knows_all_ && i < partial.node_count() && is_below(partial.node(i), *passthrough);
             ++i) {
            check_lines(partial, partial.node(i), gic);
        }
        return assigned_.items();
    }

  private:
    static bool is_below(Node node, const Node& top) {
        while (!node.is_root()) {
            node = node.parent();
            if (node == top) {
                return true;
            }
        }
        return false;
    }

    std::string_view path_of(const Node& node) { return path_in_module(module_, node, arena_); }

    void read_node(const Node& node) {
        const auto reg = node.property(reg_name);
        const auto path = node.property(path_name);
        if (!reg && !path) {
            if (node.has(force_name)) {
                findings_.add(rules::dev_property, path_of(node), force_name,
                              "without xen,reg or xen,path it assigns nothing");
            }
            return;
        }
        AssignedDeviceConfig device;
        device.path = path_of(node);
        device.is_forced = node.has(force_name);
        if (path) {
            device.host_device = read_path(device.path, *path);
        } else if (!device.is_forced) {
            knows_all_ = false;
            findings_.add(rules::dev_property, device.path, path_name,
                          "absent: xen,reg alone does not say which device's DMA is to be held "
                          "back; name it, or say xen,force-assign-without-iommu");
        }
        if (reg) {
            device.windows = read_reg(node, device.path, *reg);
        }
        assigned_.push_back(device);
    }

    std::optional<u32> read_path(std::string_view path, const Property& property) {
        const auto wanted = property.text();
        if (!wanted) {
            findings_.add(rules::dev_property, path, path_name, "no text");
            knows_all_ = false;
            return std::nullopt;
        }
        const auto found = find_host_device(input_.tree, devices_, *wanted);
        if (!found) {
            knows_all_ = false;
            const auto node = input_.tree.find(*wanted);
            findings_.add(rules::dev_path, path, path_name,
                          !node                    ? "the boot tree has no node {}"
                          : fdt::is_present(*node) ? "{} is no device: it has neither registers "
                                                     "nor shared interrupts to hand out"
                                                   : "{} is not enabled in the boot tree",
                          fdt::printable(*wanted));
        }
        return found;
    }

    std::span<const DeviceWindowConfig> read_reg(const Node& node, std::string_view path,
                                                 const Property& reg) {
        const fdt::CellCounts cells = fdt::child_cells(node.parent());
        const usize step = usize{2} * cells.address + cells.size;
        if (!cells.are_readable() || cells.size == 0) {
            findings_.add(rules::dev_reg, path, reg_name,
                          "#address-cells or #size-cells of the node above is not 1 or 2");
            return {};
        }
        if (!reg.is_cells() || reg.empty() || reg.cell_count() % step != 0) {
            findings_.add(rules::dev_reg, path, reg_name,
                          "{} bytes are no list of host address, size and guest address, {} cells "
                          "each",
                          reg.value.size(), step);
            return {};
        }
        ArenaVector<DeviceWindowConfig> windows(arena_);
        for (usize at = 0; at < reg.cell_count(); at += step) {
            const u64 host = reg.cells(at, cells.address);
            const u64 size = reg.cells(at + cells.address, cells.size);
            const u64 guest = reg.cells(at + cells.address + cells.size, cells.address);
            if (is_window(path, host, size, guest)) {
                windows.push_back({*HostRange::from(HostAddress(host), size), GuestAddress(guest)});
            }
        }
        return windows.items();
    }

    bool is_window(std::string_view path, u64 host, u64 size, u64 guest) {
        if (size == 0 || !is_aligned(host | size | guest, page_size)) {
            findings_.add(rules::dev_reg, path, reg_name,
                          "host {x}, size {x}, guest {x} are not whole pages of {}", host, size,
                          guest, byte_size(page_size));
            return false;
        }
        if (!HostRange::from(HostAddress(host), size) ||
            !GuestRange::from(GuestAddress(guest), size)) {
            findings_.add(rules::dev_reg, path, reg_name,
                          "host {x}, size {x}, guest {x} wrap around", host, size, guest);
            return false;
        }
        return true;
    }

    const HostDevice* host_of(const AssignedDeviceConfig& device) const {
        return device.host_device ? &devices_[*device.host_device] : nullptr;
    }

    /// The lines that the node's device raises or, where it names none, any that the domain has.
    bool may_expect(std::string_view path, u32 line) const {
        bool found = false;
        for (const AssignedDeviceConfig& device : assigned_) {
            const HostDevice* host = host_of(device);
            const bool has = host != nullptr && has_line(host->interrupts, line);
            if (device.path == path && host != nullptr) {
                return has;
            }
            found = found || has;
        }
        return found;
    }

    void check_lines(const fdt::Tree& partial, const Node& node, u32 gic) {
        for (const u32 line : partial_lines(partial, node, gic, arena_)) {
            const std::string_view path = path_of(node);
            if (line == 0) {
                findings_.add(rules::dev_interrupt, path, "interrupts",
                              "not a list of shared interrupts in three cells each");
            } else if (!may_expect(path, line)) {
                findings_.add(rules::dev_interrupt, path, "interrupts",
                              "interrupt {} is none that the machine's device raises: the guest "
                              "would wait for ever",
                              line);
            }
        }
    }

    const ConfigInput& input_;
    std::span<const HostDevice> devices_;
    const ModuleConfig& module_;
    Arena& arena_;
    Findings& findings_;
    ArenaVector<AssignedDeviceConfig> assigned_;
    bool knows_all_ = true;  ///< each xen,path has led to a device: their lines are known
};

bool is_used(const fdt::Tree& tree, u32 phandle) {
    return tree.find_phandle(phandle).has_value();
}

}  // namespace

void read_partial_tree(const ConfigInput& input, std::span<const HostDevice> devices,
                       DomainConfig& domain, Arena& arena, Findings& findings) {
    if (!domain.device_tree || domain.is_dom0()) {
        return;
    }
    domain.partial_tree = open_partial_tree(input, domain, arena, findings);
    if (domain.partial_tree != nullptr) {
        domain.assigned =
            Reader(input, devices, *domain.device_tree, arena, findings).read(*domain.partial_tree);
    }
}

u32 partial_gic_phandle(const fdt::Tree& partial) {
    const auto gic = partial_gic(partial);
    u32 phandle = gic ? gic->phandle() : 0;
    if (phandle != 0 && phandle != ~u32{0}) {
        return phandle;
    }
    phandle = guest_layout::gic_phandle;
    while (is_used(partial, phandle)) {
        --phandle;
    }
    return phandle;
}

}  // namespace isthmus::dom0less
