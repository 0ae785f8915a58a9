// SPDX-License-Identifier: Apache-2.0
// Walks a checked blob once and fills a Tree's tables. Internal to the room.
#pragma once

#include <array>

#include "fdt/tree.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {

class TreeIndexer {
  public:
    TreeIndexer(const void* blob, Arena& arena, Findings& findings)
        : blob_(blob), arena_(arena), findings_(findings) {}

    /// False, with a finding, when the structure is not one tree that the limits allow.
    bool fill(Tree& tree);

  private:
    struct Level {
        u32 node = 0;
        u32 last_child = Tree::no_node;
        usize path_length = 0;
    };

    bool count();
    bool read_reservations(Tree& tree);
    bool read_nodes();
    bool begin_node(int offset);
    bool add_property(int offset);
    bool refuse(int offset, std::string_view why);

    const void* blob_;
    Arena& arena_;
    Findings& findings_;
    std::span<Tree::Record> nodes_;
    std::span<Property> properties_;
    usize node_count_ = 0;
    usize property_count_ = 0;
    usize next_node_ = 0;
    usize next_property_ = 0;
    std::array<Level, limits::tree_depth> levels_{};
    usize depth_ = 0;
};

}  // namespace isthmus::fdt
