// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree_indexer.hpp"

#include "fdt/rules.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::fdt {

bool TreeIndexer::fill(Tree& tree) {
    if (!read()) {
        return false;
    }
    tree.nodes_ = nodes_.items();
    tree.properties_ = properties_.items();
    return index_phandles(tree);
}

/// For Tree::find_phandle: nodes name their interrupt controllers, clocks and SMMUs by phandle, so
/// a scan of the whole tree looks up one for nearly every node.
bool TreeIndexer::index_phandles(Tree& tree) {
    constexpr std::string_view current = "phandle";
    constexpr std::string_view older = "linux,phandle";
    const auto visit = [&](auto&& take) {
        for (u32 node = 0; node < nodes_.size(); ++node) {
            for (const Property& property : tree.node(node).properties()) {
                if (property.name == current || property.name == older) {
                    if (const auto phandle = property.single_cell()) {
                        take(Tree::PhandleOf{*phandle, node});
                    }
                }
            }
        }
    };
    usize count = 0;
    visit([&](Tree::PhandleOf) { ++count; });
    const auto phandles = arena_.allocate<Tree::PhandleOf>(count);
    if (phandles.size() != count) {
        return refuse({});
    }
    usize next = 0;
    visit([&](Tree::PhandleOf each) { phandles[next++] = each; });
    tree.phandles_ = phandles;
    return true;
}

bool TreeIndexer::refuse(std::string_view why) {
    if (arena_.exhausted()) {
        findings_.add(rules::limit, "/", {}, "{} nodes and {} properties are more than {} hold",
                      nodes_.size(), properties_.size(), byte_size(arena_.capacity()));
    } else {
        findings_.add(rules::malformed, "/", {}, "structure block, byte {x}: {}", reader_.offset(),
                      why);
    }
    return false;
}

bool TreeIndexer::read() {
    while (true) {
        const Token token = reader_.next();
        bool good = false;
        switch (token.kind) {
            case Token::Kind::begin_node:
                good = begin_node(token.name);
                break;
            case Token::Kind::property:
                good = add_property(token);
                break;
            case Token::Kind::end_node:
                good = end_node();
                break;
            case Token::Kind::end:
                return !nodes_.empty() && depth_ == 0 ? true : refuse("it ends inside a node");
            case Token::Kind::broken:
                return refuse("what stands there cannot be read");
        }
        if (!good) {
            return false;
        }
    }
}

bool TreeIndexer::begin_node(std::string_view name) {
    if (depth_ == levels_.size()) {
        findings_.add(rules::limit, "/", {}, "nodes are nested deeper than {}: {}",
                      limits::tree_depth, printable(name));
        return false;
    }
    Level level{static_cast<u32>(nodes_.size()), Tree::no_node, 0};
    Tree::Record record;
    record.first_property = static_cast<u32>(properties_.size());
    if (depth_ != 0) {
        record.name = name;
        record.parent = levels_[depth_ - 1].node;
    } else if (!nodes_.empty() || !name.empty()) {
        return refuse("a second root node, or one with a name");
    }
    nodes_.push_back(record);
    if (arena_.exhausted()) {
        return refuse({});
    }
    if (depth_ != 0 && !add_child(name, level)) {
        return false;
    }
    levels_[depth_++] = level;
    return true;
}

/// Links the node of `level` to the open node above it.
bool TreeIndexer::add_child(std::string_view name, Level& level) {
    if (name.empty() || !is_printable(name) || name.find('/') != std::string_view::npos) {
        return refuse("a node's name is empty or has characters that a name cannot have");
    }
    Level& above = levels_[depth_ - 1];
    level.path_length = above.path_length + 1 + name.size();
    if (level.path_length > limits::path_length) {
        findings_.add(rules::limit, "/", {}, "a node's path has more than {} characters",
                      limits::path_length);
        return false;
    }
    u32& link = above.last_child == Tree::no_node ? nodes_[above.node].first_child
                                                  : nodes_[above.last_child].next_sibling;
    link = level.node;
    above.last_child = level.node;
    return true;
}

bool TreeIndexer::add_property(const Token& token) {
    if (depth_ == 0) {
        return refuse("a property outside of all nodes");
    }
    const Level& level = levels_[depth_ - 1];
    if (level.last_child != Tree::no_node) {
        return refuse("a property behind a child node");
    }
    properties_.push_back({token.name, token.value});
    ++nodes_[level.node].property_count;
    return !arena_.exhausted() || refuse({});
}

bool TreeIndexer::end_node() {
    if (depth_ == 0) {
        return refuse("a node ends that never began");
    }
    --depth_;
    return true;
}

}  // namespace isthmus::fdt
