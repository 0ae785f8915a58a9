// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/dom0_gic_node.hpp"

#include <array>

#include "dom0less/tree/parts.hpp"

namespace isthmus::dom0less {
namespace {

constexpr std::array<std::string_view, 12> left_out{"reg",
                                                    "interrupts",
                                                    "interrupts-extended",
                                                    "#redistributor-regions",
                                                    "redistributor-stride",
                                                    "msi-controller",
                                                    "#msi-cells",
                                                    "mbi-ranges",
                                                    "mbi-alias",
                                                    "phandle",
                                                    "linux,phandle",
                                                    "interrupt-names"};

bool is_left_out(std::string_view name) {
    for (const std::string_view each : left_out) {
        if (each == name) {
            return true;
        }
    }
    return false;
}

/// Where the node's parent has a host address that lies in the window of entry `index`.
u64 on_bus(const fdt::Node& node, usize index, u64 host) {
    const auto window = fdt::device_range(node, index);
    return fdt::reg_entry(node, index).address + (host - (window ? window->start().raw() : host));
}

/// The entry of `reg` whose window has this host address.
usize entry_with(const fdt::Node& node, u64 host) {
    const usize count = fdt::reg_count(node).value_or(0);
    for (usize i = 1; i < count; ++i) {
        const auto window = fdt::device_range(node, i);
        if (window && window->contains(HostAddress(host))) {
            return i;
        }
    }
    return 1;
}

}  // namespace

void write_dom0_gic(fdt::TreeWriter& tree, const fdt::Node& node, const GuestGicPlan& gic,
                    u32 phandle) {
    const bool v3 = gic.version != 2;
    const GuestRange second = v3 ? gic.redistributors : gic.cpu_interface;
    const u64 first = gic.distributor.start().raw();
    tree.begin_node(node.name());
    for (const fdt::Property& property : node.properties()) {
        if (!is_left_out(property.name)) {
            tree.bytes(property.name, property.value);
        }
    }
    if (v3) {
        tree.cells("#redistributor-regions", {1});
    }
    const std::array<u64, 4> registers{
        on_bus(node, 0, first), gic.distributor.size(),
        on_bus(node, entry_with(node, second.start().raw()), second.start().raw()), second.size()};
    write_reg(tree, fdt::child_cells(node.parent()), registers);
    tree.cells("phandle", {phandle});
    tree.end_node();
}

}  // namespace isthmus::dom0less
