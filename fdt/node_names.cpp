// SPDX-License-Identifier: Apache-2.0
#include "fdt/node_names.hpp"

#include <algorithm>

namespace isthmus::fdt {

std::span<const u32> nodes_named_twice(const Tree& tree, Arena& arena) {
    // Sorted, since comparing each with all its siblings would take as long as their square.
    const std::span<u32> order = arena.allocate<u32>(tree.node_count());
    for (u32 i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::sort(order.begin(), order.end(), [&](u32 left, u32 right) {
        const Node one = tree.node(left);
        const Node other = tree.node(right);
        if (!(one.parent() == other.parent())) {
            return one.parent().number() < other.parent().number();
        }
        const int names = one.name().compare(other.name());
        return names != 0 ? names < 0 : left < right;
    });
    usize count = 0;
    for (usize i = 1; i < order.size(); ++i) {
        const Node node = tree.node(order[i]);
        const Node before = tree.node(order[i - 1]);
        // What is overwritten has been looked at. The root, whose parent it is itself, has no name.
        if (node.parent() == before.parent() && node.name() == before.name()) {
            order[count++] = order[i];
        }
    }
    return order.first(count);
}

}  // namespace isthmus::fdt
