// SPDX-License-Identifier: Apache-2.0
// Walks a structure block once and fills a Tree's tables. Internal to the room.
#pragma once

#include <array>

#include "fdt/structure.hpp"
#include "fdt/tree.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {

class TreeIndexer {
  public:
    TreeIndexer(StructureReader reader, Arena& arena, Findings& findings)
        : reader_(reader), arena_(arena), findings_(findings), nodes_(arena), properties_(arena) {}

    /// False, with a finding, when the structure is not one tree that the limits allow.
    bool fill(Tree& tree);

  private:
    /// An open node.
    struct Level {
        u32 node = 0;
        u32 last_child = Tree::no_node;
        usize path_length = 0;
    };

    bool read();
    bool index_phandles(Tree& tree);
    bool begin_node(std::string_view name);
    bool add_child(std::string_view name, Level& level);
    bool add_property(const Token& token);
    bool end_node();
    bool refuse(std::string_view why);

    StructureReader reader_;
    Arena& arena_;
    Findings& findings_;
    ArenaVector<Tree::Record> nodes_;
    ArenaVector<Property> properties_;
    std::array<Level, limits::tree_depth> levels_{};
    usize depth_ = 0;
};

}  // namespace isthmus::fdt
