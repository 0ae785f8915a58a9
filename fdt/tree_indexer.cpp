// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree_indexer.hpp"

#include <libfdt.h>

#include "fdt/rules.hpp"
#include "fdt/words.hpp"

namespace isthmus::fdt {

bool TreeIndexer::fill(Tree& tree) {
    if (!read_reservations(tree) || !count()) {
        return false;
    }
    nodes_ = arena_.allocate<Tree::Record>(node_count_);
    properties_ = arena_.allocate<Property>(property_count_);
    if (nodes_.size() != node_count_ || properties_.size() != property_count_) {
        findings_.add(rules::limit, "/", {},
                      "the tree has {} nodes and {} properties, more than {} hold", node_count_,
                      property_count_, byte_size(arena_.capacity()));
        return false;
    }
    if (!read_nodes()) {
        return false;
    }
    tree.nodes_ = nodes_;
    return true;
}

bool TreeIndexer::refuse(int offset, std::string_view why) {
    findings_.add(rules::malformed, "/", {}, "structure block, byte {x}: {}", offset, why);
    return false;
}

bool TreeIndexer::read_reservations(Tree& tree) {
    const int count = fdt_num_mem_rsv(blob_);
    if (count < 0) {
        findings_.add(rules::malformed, "/memreserve/", {},
                      "the memory reservation block has no end");
        return false;
    }
    const auto entries = arena_.allocate<Tree::Reservation>(static_cast<usize>(count));
    for (usize i = 0; i < entries.size(); ++i) {
        u64 address = 0;
        u64 size = 0;
        if (fdt_get_mem_rsv(blob_, static_cast<int>(i), &address, &size) == 0) {
            entries[i] = {address, size};
        }
    }
    if (entries.size() != static_cast<usize>(count)) {
        findings_.add(rules::limit, "/memreserve/", {}, "{} entries are more than {} hold", count,
                      byte_size(arena_.capacity()));
        return false;
    }
    tree.reservations_ = entries;
    return true;
}

bool TreeIndexer::count() {
    int offset = 0;
    while (true) {
        int next = 0;
        const u32 tag = fdt_next_tag(blob_, offset, &next);
        if (tag == FDT_BEGIN_NODE) {
            ++node_count_;
        } else if (tag == FDT_PROP) {
            ++property_count_;
        } else if (tag == FDT_END) {
            return next >= 0 ? true : refuse(offset, "it ends too early");
        }
        offset = next;
    }
}

bool TreeIndexer::read_nodes() {
    int offset = 0;
    while (true) {
        int next = 0;
        const u32 tag = fdt_next_tag(blob_, offset, &next);
        if (tag == FDT_BEGIN_NODE) {
            if (!begin_node(offset)) {
                return false;
            }
        } else if (tag == FDT_PROP) {
            if (!add_property(offset)) {
                return false;
            }
        } else if (tag == FDT_END_NODE) {
            if (depth_ == 0) {
                return refuse(offset, "a node ends that never began");
            }
            --depth_;
        } else if (tag == FDT_END) {
            return next_node_ != 0 && depth_ == 0 ? true : refuse(offset, "it ends inside a node");
        }
        offset = next;
    }
}

bool TreeIndexer::begin_node(int offset) {
    int length = 0;
    const char* text = fdt_get_name(blob_, offset, &length);
    if (text == nullptr || length < 0) {
        return refuse(offset, "a node has no name");
    }
    const bool is_root = depth_ == 0;
    if (is_root && next_node_ != 0) {
        return refuse(offset, "a second root node");
    }
    const std::string_view name{text, is_root ? 0 : static_cast<usize>(length)};
    if (!is_root &&
        (name.empty() || !is_printable(name) || name.find('/') != std::string_view::npos)) {
        return refuse(offset, "a node's name is empty or has characters that a name cannot have");
    }
    if (depth_ == levels_.size()) {
        findings_.add(rules::limit, "/", {}, "nodes are nested deeper than {}: {}",
                      limits::tree_depth, name);
        return false;
    }
    Level level{static_cast<u32>(next_node_++), Tree::no_node, 0};
    Tree::Record& record = nodes_[level.node];
    record.name = name;
    record.properties = {properties_.data() + next_property_, 0};
    if (!is_root) {
        Level& above = levels_[depth_ - 1];
        level.path_length = above.path_length + 1 + name.size();
        if (level.path_length > limits::path_length) {
            findings_.add(rules::limit, "/", {}, "a node's path has more than {} characters",
                          limits::path_length);
            return false;
        }
        record.parent = above.node;
        u32& link = above.last_child == Tree::no_node ? nodes_[above.node].first_child
                                                      : nodes_[above.last_child].next_sibling;
        link = level.node;
        above.last_child = level.node;
    }
    levels_[depth_++] = level;
    return true;
}

bool TreeIndexer::add_property(int offset) {
    if (depth_ == 0) {
        return refuse(offset, "a property outside of all nodes");
    }
    const Level& level = levels_[depth_ - 1];
    if (level.last_child != Tree::no_node) {
        return refuse(offset, "a property behind a child node");
    }
    const char* name = nullptr;
    int length = 0;
    const void* value = fdt_getprop_by_offset(blob_, offset, &name, &length);
    if (value == nullptr || name == nullptr || !is_printable(name)) {
        return refuse(offset, "a property has no readable name");
    }
    properties_[next_property_++] = {
        name, {static_cast<const std::byte*>(value), static_cast<usize>(length)}};
    Tree::Record& record = nodes_[level.node];
    record.properties = {record.properties.data(), record.properties.size() + 1};
    return true;
}

}  // namespace isthmus::fdt
