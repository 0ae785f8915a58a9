// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree.hpp"

#include <cstring>

#include "fdt/words.hpp"

namespace isthmus::fdt {

std::string_view Node::name() const {
    return tree_->nodes_[index_].name;
}

std::string_view Node::base_name() const {
    return before(name(), '@');
}

std::string_view Node::path() const {
    return tree_->make_path(index_);
}

Node Node::parent() const {
    return {*tree_, tree_->nodes_[index_].parent};
}

Children Node::children() const {
    return Children(*this);
}

std::optional<Node> Node::child(std::string_view name) const {
    for (const Node node : children()) {
        if (node.name() == name) {
            return node;
        }
    }
    return std::nullopt;
}

std::span<const Property> Node::properties() const {
    const Tree::Record& record = tree_->nodes_[index_];
    return tree_->properties_.subspan(record.first_property, record.property_count);
}

std::optional<Property> Node::property(std::string_view name) const {
    for (const Property& property : properties()) {
        if (property.name == name) {
            return property;
        }
    }
    return std::nullopt;
}

std::string_view Node::text(std::string_view name) const {
    const auto found = property(name);
    return found ? found->text().value_or(std::string_view{}) : std::string_view{};
}

bool Node::is_compatible(std::string_view compatible) const {
    const auto found = property("compatible");
    return found && found->lists(compatible);
}

u32 Node::phandle() const {
    const auto current = property("phandle");
    const auto any = current ? current : property("linux,phandle");
    return any ? any->single_cell().value_or(0) : 0;
}

bool Node::is_enabled() const {
    const auto status = property("status");
    return !status || status->lists("okay") || status->lists("ok");
}

Children::Iterator Children::begin() const {
    return {*parent_.tree_, parent_.tree_->nodes_[parent_.index_].first_child};
}

Children::Iterator Children::end() const {
    return {*parent_.tree_, Tree::no_node};
}

std::string_view Tree::make_path(u32 index) const {
    if (index == 0) {
        return "/";
    }
    const Record& record = nodes_[index];
    if (!record.path.empty()) {
        return record.path;
    }
    usize length = 0;
    for (u32 i = index; i != 0; i = nodes_[i].parent) {
        length += 1 + nodes_[i].name.size();
    }
    const std::span<char> text = arena_->allocate<char>(length);
    if (text.empty()) {
        return record.name;
    }
    usize end = length;
    for (u32 i = index; i != 0; i = nodes_[i].parent) {
        const std::string_view name = nodes_[i].name;
        end -= name.size();
        std::memcpy(text.data() + end, name.data(), name.size());
        text[--end] = '/';
    }
    record.path = {text.data(), length};
    return record.path;
}

std::optional<Node> Tree::walk(Node from, std::string_view path) const {
    while (const auto part = next_part(path, '/')) {
        std::optional<Node> next = from.child(*part);
        if (!next && part->find('@') == std::string_view::npos) {
            for (const Node node : from.children()) {
                if (node.base_name() == *part) {
                    next = node;
                    break;
                }
            }
        }
        if (!next) {
            return std::nullopt;
        }
        from = *next;
    }
    return from;
}

std::optional<Node> Tree::find(std::string_view path_or_alias) const {
    if (path_or_alias.starts_with('/')) {
        return walk(root(), path_or_alias);
    }
    const std::string_view alias = before(path_or_alias, '/');
    const auto aliases = root().child("aliases");
    const std::string_view target = aliases ? aliases->text(alias) : std::string_view{};
    if (!target.starts_with('/')) {
        return std::nullopt;
    }
    const auto start = walk(root(), target);
    return start ? walk(*start, after(path_or_alias, '/')) : std::nullopt;
}

std::optional<Node> Tree::find_phandle(u32 phandle) const {
    if (phandle == 0 || phandle == ~u32{0}) {
        return std::nullopt;
    }
    for (const PhandleOf& each : phandles_) {
        if (each.phandle == phandle) {
            return node(each.node);
        }
    }
    return std::nullopt;
}

}  // namespace isthmus::fdt
