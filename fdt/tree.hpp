// SPDX-License-Identifier: Apache-2.0
// A device tree that has been checked as a whole, and its nodes. Opening it walks the blob once and
// keeps an index of nodes and properties; after that no lookup can fail for the blob's sake,
// parents are one step away, and reading costs what a table costs.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "fdt/property.hpp"
#include "isthmus/arena.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::fdt {

class Tree;
class Children;

/// A node of an open tree: a small value, valid as long as the tree.
class Node {
  public:
    /// As in the blob, with unit address: "memory@40000000"; empty for the root.
    std::string_view name() const;
    /// The name without unit address.
    std::string_view base_name() const;
    /// The full path, "/" for the root. Lives in the tree's arena.
    std::string_view path() const;

    /// Its number in tree order, as Tree::node() takes it.
    u32 number() const { return index_; }
    bool is_root() const { return index_ == 0; }
    /// The root is its own parent.
    Node parent() const;
    Children children() const;
    std::optional<Node> child(std::string_view name) const;

    std::span<const Property> properties() const;
    std::optional<Property> property(std::string_view name) const;
    bool has(std::string_view name) const { return property(name).has_value(); }
    /// The property's first text; empty when it is absent or no text.
    std::string_view text(std::string_view name) const;
    bool is_compatible(std::string_view compatible) const;
    /// `phandle`, in its older spelling, too; 0 for none.
    u32 phandle() const;
    /// No `status`, or "okay" or "ok" (Devicetree specification, 2.3.4).
    bool is_enabled() const;

    bool operator==(const Node& other) const { return index_ == other.index_; }

  private:
    friend class Tree;
    friend class Children;
    Node(const Tree& tree, u32 index) : tree_(&tree), index_(index) {}

    const Tree* tree_;
    u32 index_;
};

class Tree {
  public:
    /// Checks everything in `blob`, which must be 8-byte aligned and outlive the tree, and indexes
    /// it in `arena`. Rules: fdt-malformed, fdt-limit.
    static std::optional<Tree> open(std::span<const std::byte> blob, Arena& arena,
                                    Findings& findings);

    Node root() const { return node(0); }
    /// All nodes in tree order, by number; number 0 is the root.
    usize node_count() const { return nodes_.size(); }
    Node node(usize index) const { return {*this, static_cast<u32>(index)}; }

    /// The node at a full path, or at an alias followed by a path ("serial0", "soc/uart@0"). Unit
    /// addresses may be left out where they are not needed to tell siblings apart.
    std::optional<Node> find(std::string_view path_or_alias) const;
    std::optional<Node> find_phandle(u32 phandle) const;

    /// The entries of the blob's memory reservation block.
    struct Reservation {
        u64 address;
        u64 size;
    };
    std::span<const Reservation> reservations() const { return reservations_; }
    /// Bytes that the blob says it is long; not more than it was given.
    usize total_size() const { return total_size_; }

  private:
    friend class Node;
    friend class Children;
    friend class TreeIndexer;

    static constexpr u32 no_node = ~u32{0};
    struct Record {
        std::string_view name;
        mutable std::string_view path;  ///< made when first asked for
        u32 first_property = 0;         ///< index into properties_
        u32 property_count = 0;
        u32 parent = 0;
        u32 next_sibling = no_node;
        u32 first_child = no_node;
    };

    /// A `phandle` or `linux,phandle`, and the node that has it.
    struct PhandleOf {
        u32 phandle = 0;
        u32 node = 0;
    };

    explicit Tree(Arena& arena) : arena_(&arena) {}
    bool read_reservations(const void* blob, Arena& arena, Findings& findings);
    std::string_view make_path(u32 index) const;
    std::optional<Node> walk(Node from, std::string_view path) const;

    Arena* arena_;
    std::span<const Record> nodes_;
    std::span<const Property> properties_;
    std::span<const PhandleOf> phandles_;  ///< in tree order
    std::span<const Reservation> reservations_;
    usize total_size_ = 0;
};

/// A node's children, for range-based for.
class Children {
  public:
    class Iterator {
      public:
        Iterator(const Tree& tree, u32 index) : tree_(&tree), index_(index) {}
        Node operator*() const { return tree_->node(index_); }
        Iterator& operator++() {
            index_ = tree_->nodes_[index_].next_sibling;
            return *this;
        }
        bool operator==(const Iterator& other) const { return index_ == other.index_; }

      private:
        const Tree* tree_;
        u32 index_;
    };

    explicit Children(Node parent) : parent_(parent) {}
    Iterator begin() const;
    Iterator end() const;

  private:
    Node parent_;
};

}  // namespace isthmus::fdt
