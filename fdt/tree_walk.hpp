// SPDX-License-Identifier: Apache-2.0
// A tree seen node by node without an index and without memory: for what has to be known of it
// before there is memory for a Tree. Every lookup reads the node's properties again.
#pragma once

#include <array>
#include <optional>

#include "fdt/cells.hpp"
#include "fdt/property.hpp"
#include "fdt/structure.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {

/// Some 2 KiB, for a stack. `depth` below counts nodes from the root, which is at depth 0, down to
/// the current one.
class TreeWalk {
  public:
    /// Before the root. Nothing when Tree::open would refuse the blob for its header or its memory
    /// reservation block. `blob` may be anything, and outlives the walk.
    static std::optional<TreeWalk> open(std::span<const std::byte> blob);

    /// The next node in tree order becomes the current one; false at the end, and where the
    /// structure block cannot be read or nests too deep.
    bool next();
    /// The end was come to, and everything on the way could be read.
    bool is_whole() const { return is_whole_; }

    usize depth() const { return open_ - 1; }
    std::string_view name(usize depth) const { return levels_[depth].name; }
    std::string_view base_name(usize depth) const;
    std::optional<Property> property(usize depth, std::string_view name) const;
    /// As Node::is_enabled, of the current node.
    bool is_enabled() const;
    /// What the node at `depth` says of its children's addresses, with defaults (cells.hpp).
    CellCounts cells(usize depth) const;
    /// That cell count of the node at `depth`, or of the nearest above that has one.
    std::optional<u32> nearest_cells(usize depth, std::string_view name) const;

    /// Bytes that the blob says it is long (Tree::total_size).
    usize total_size() const;
    /// Entries of the memory reservation block.
    usize reservation_count() const { return reservations_; }
    RegEntry reservation(usize index) const;

  private:
    struct Level {
        std::string_view name;
        StructureReader properties;
    };

    TreeWalk(std::span<const std::byte> blob, usize reservations);

    std::span<const std::byte> blob_;
    usize reservations_;
    StructureReader reader_;
    std::array<Level, limits::tree_depth> levels_;
    usize open_ = 0;  ///< nodes that have begun and not ended
    bool has_root_ = false;
    bool is_whole_ = false;
};

}  // namespace isthmus::fdt
