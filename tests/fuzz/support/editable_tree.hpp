// SPDX-License-Identifier: Apache-2.0
// A tree that can be edited, over libfdt's read-write functions. On the host, for fuzzing only.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace isthmus::fuzz {

using Random = std::minstd_rand;

/// 0 to `end` - 1.
inline std::size_t below(Random& random, std::size_t end) {
    return random() % end;
}

template <typename List>
auto pick(Random& random, const List& list) {
    return list[below(random, list.size())];
}

class EditableTree {
  public:
    /// Nothing when libfdt's full check refuses the blob.
    static std::optional<EditableTree> open(std::span<const std::uint8_t> blob);

    /// Offset of any node.
    int any_node(Random& random) const;
    /// Name of any property of the node; nothing when it has none.
    std::optional<std::string> any_property(int node, Random& random) const;
    std::vector<std::uint8_t> value(int node, const std::string& property) const;

    // Each does nothing when it is not possible, for want of room or because a name is taken.
    void set(int node, const std::string& property, std::span<const std::uint8_t> value);
    void remove_property(int node, const std::string& property);
    void remove_node(int node);
    void rename_node(int node, const std::string& name);
    /// A copy of `other`'s node with all below it, as a child of `parent`.
    void graft(int parent, const EditableTree& other, int node, const std::string& name);
    void reserve(std::uint64_t address, std::uint64_t size);
    void release(std::size_t index);

    std::string name(int node) const;
    /// The blob, as short as it can be.
    std::span<const std::uint8_t> pack();

  private:
    void copy_children(int parent, const EditableTree& other, int node, int depth);
    int copy_node(int parent, const EditableTree& other, int node, const std::string& name);

    std::vector<std::uint8_t> buffer_;
};

}  // namespace isthmus::fuzz
