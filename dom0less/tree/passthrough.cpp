// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/passthrough.hpp"

#include <array>

#include "dom0less/read/partial_tree_module.hpp"

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

}  // namespace

void write_partial_tree(fdt::TreeWriter& tree, const fdt::Tree& partial) {
    for (const std::string_view name : {"aliases", "passthrough"}) {
        if (const auto node = partial.root().child(name)) {
            copy(tree, *node);
        }
    }
}

}  // namespace isthmus::dom0less
