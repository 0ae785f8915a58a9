// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/support/editable_tree.hpp"

#include <libfdt.h>
#include <cstring>

namespace isthmus::fuzz {
namespace {

constexpr std::size_t room = 16 * 1024;  // for what edits add
constexpr int deepest_copy = 40;         // more than the reader allows
// The version that can be read. fdt_check_full itself reads through a null pointer when the root of
// a tree of version 15 or older has a name without a slash (libfdt 1.6.1).
constexpr unsigned first_with_sizes = 17;

/// 0 when there is no whole header.
unsigned version_of(std::span<const std::uint8_t> blob) {
    fdt_header header{};
    if (blob.size() < sizeof header) {
        return 0;
    }
    std::memcpy(&header, blob.data(), sizeof header);
    return fdt32_to_cpu(header.version);
}

}  // namespace

std::optional<EditableTree> EditableTree::open(std::span<const std::uint8_t> blob) {
    // Copied: libfdt wants it aligned.
    const std::vector<std::uint8_t> copy(blob.begin(), blob.end());
    if (version_of(copy) < first_with_sizes || fdt_check_full(copy.data(), copy.size()) != 0) {
        return std::nullopt;
    }
    EditableTree tree;
    tree.buffer_.resize(copy.size() + room);
    const int error =
        fdt_open_into(copy.data(), tree.buffer_.data(), static_cast<int>(tree.buffer_.size()));
    return error == 0 ? std::optional(std::move(tree)) : std::nullopt;
}

int EditableTree::any_node(Random& random) const {
    std::vector<int> nodes;
    for (int node = 0; node >= 0; node = fdt_next_node(buffer_.data(), node, nullptr)) {
        nodes.push_back(node);
    }
    return pick(random, nodes);
}

std::optional<std::string> EditableTree::any_property(int node, Random& random) const {
    std::vector<std::string> names;
    int offset = 0;
    fdt_for_each_property_offset(offset, buffer_.data(), node) {
        const char* name = nullptr;
        if (fdt_getprop_by_offset(buffer_.data(), offset, &name, nullptr) != nullptr) {
            names.emplace_back(name);
        }
    }
    return names.empty() ? std::nullopt : std::optional(pick(random, names));
}

std::vector<std::uint8_t> EditableTree::value(int node, const std::string& property) const {
    int length = 0;
    const void* raw = fdt_getprop(buffer_.data(), node, property.c_str(), &length);
    const auto* bytes = static_cast<const std::uint8_t*>(raw);
    return raw == nullptr ? std::vector<std::uint8_t>{}
                          : std::vector<std::uint8_t>(bytes, bytes + length);
}

void EditableTree::set(int node, const std::string& property, std::span<const std::uint8_t> value) {
    fdt_setprop(buffer_.data(), node, property.c_str(), value.data(),
                static_cast<int>(value.size()));
}

void EditableTree::remove_property(int node, const std::string& property) {
    fdt_delprop(buffer_.data(), node, property.c_str());
}

void EditableTree::remove_node(int node) {
    if (node != 0) {
        fdt_del_node(buffer_.data(), node);
    }
}

void EditableTree::rename_node(int node, const std::string& name) {
    if (node != 0) {
        fdt_set_name(buffer_.data(), node, name.c_str());
    }
}

int EditableTree::copy_node(int parent, const EditableTree& other, int node,
                            const std::string& name) {
    const int copy = fdt_add_subnode(buffer_.data(), parent, name.c_str());
    if (copy < 0) {
        return copy;
    }
    int offset = 0;
    fdt_for_each_property_offset(offset, other.buffer_.data(), node) {
        const char* property = nullptr;
        int length = 0;
        const void* value = fdt_getprop_by_offset(other.buffer_.data(), offset, &property, &length);
        if (value != nullptr) {
            fdt_setprop(buffer_.data(), copy, property, value, length);
        }
    }
    return copy;
}

void EditableTree::copy_children(int parent, const EditableTree& other, int node, int depth) {
    int child = 0;
    fdt_for_each_subnode(child, other.buffer_.data(), node) {
        const int copy = copy_node(parent, other, child, other.name(child));
        if (copy >= 0 && depth < deepest_copy) {
            copy_children(copy, other, child, depth + 1);
        }
    }
}

void EditableTree::graft(int parent, const EditableTree& other, int node, const std::string& name) {
    const int copy = copy_node(parent, other, node, name);
    if (copy >= 0) {
        copy_children(copy, other, node, 0);
    }
}

void EditableTree::reserve(std::uint64_t address, std::uint64_t size) {
    fdt_add_mem_rsv(buffer_.data(), address, size);
}

void EditableTree::release(std::size_t index) {
    fdt_del_mem_rsv(buffer_.data(), static_cast<int>(index));
}

std::string EditableTree::name(int node) const {
    const char* name = fdt_get_name(buffer_.data(), node, nullptr);
    return name == nullptr ? std::string() : std::string(name);
}

std::span<const std::uint8_t> EditableTree::pack() {
    void* raw = buffer_.data();
    fdt_pack(raw);
    return {buffer_.data(), fdt_totalsize(raw)};
}

}  // namespace isthmus::fuzz
