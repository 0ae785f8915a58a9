// SPDX-License-Identifier: Apache-2.0
// The guest's own tree gets what its partial tree holds.
#include <array>

#include "dom0less/read/partial_tree.hpp"
#include "dom0less/read/partial_tree_module.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;
using fdt::Property;

constexpr std::array<std::string_view, 3> for_isthmus{"xen,reg", "xen,path",
                                                      "xen,force-assign-without-iommu"};

bool is_for_isthmus(std::string_view property) {
    for (const std::string_view name : for_isthmus) {
        if (name == property) {
            return true;
        }
    }
    return false;
}

/// The node and all below it. Depth is bounded by what Tree::open accepts.
// NOLINTNEXTLINE(misc-no-recursion)
void copy(fdt::TreeWriter& tree, const Node& node) {
    tree.begin_node(node.name());
    for (const Property& property : node.properties()) {
        if (!is_for_isthmus(property.name)) {
            tree.bytes(property.name, property.value);
        }
    }
    for (const Node child : node.children()) {
        copy(tree, child);
    }
    tree.end_node();
}

bool is_used(const fdt::Tree& tree, u32 phandle) {
    return tree.find_phandle(phandle).has_value();
}

}  // namespace

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

void write_partial_tree(fdt::TreeWriter& tree, const fdt::Tree& partial) {
    for (const std::string_view name : {"aliases", "passthrough"}) {
        if (const auto node = partial.root().child(name)) {
            copy(tree, *node);
        }
    }
}

}  // namespace isthmus::dom0less
