// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/support/tree_mutator.hpp"

#include <algorithm>

#include "tests/fuzz/support/boot.hpp"
#include "tests/fuzz/support/dictionary.hpp"
#include "tests/fuzz/support/editable_tree.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace isthmus::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;

void append_cell(Bytes& bytes, std::uint32_t cell) {
    for (const unsigned shift : {24u, 16u, 8u, 0u}) {
        bytes.push_back(static_cast<std::uint8_t>(cell >> shift));
    }
}

Bytes text_value(Random& random) {
    const std::string text = pick(random, texts);
    Bytes bytes(text.begin(), text.end());
    bytes.push_back(0);
    return bytes;
}

Bytes cells_value(Random& random) {
    Bytes bytes;
    for (std::size_t i = below(random, 7); i > 0; --i) {
        append_cell(bytes, pick(random, cells));
    }
    return bytes;
}

/// One cell gets another value: a known one, or its own a little or a page further.
void turn_cell(Bytes& bytes, Random& random) {
    if (bytes.size() < 4) {
        return;
    }
    const std::size_t at = 4 * below(random, bytes.size() / 4);
    std::uint32_t cell = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        cell = cell << 8 | bytes[at + i];
    }
    constexpr std::array<std::uint32_t, 6> steps{1, ~0u, 0x1000, ~0xfffu, 0x20'0000, 0x1000'0000};
    cell = below(random, 2) == 0 ? pick(random, cells) : cell + pick(random, steps);
    Bytes turned;
    append_cell(turned, cell);
    std::copy(turned.begin(), turned.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Shorter or longer by bytes or cells; what is added repeats what is there.
void resize(Bytes& bytes, Random& random) {
    constexpr std::array<std::size_t, 4> sizes{1, 4, 8, 16};
    const std::size_t step = pick(random, sizes);
    if (below(random, 2) == 0) {
        bytes.resize(bytes.size() - std::min(step, bytes.size()));
        return;
    }
    for (std::size_t i = 0; i < step; ++i) {
        bytes.push_back(bytes.size() < step ? std::uint8_t{0} : bytes[bytes.size() - step]);
    }
}

void change_value(EditableTree& tree, int node, Random& random) {
    const auto property = tree.any_property(node, random);
    if (!property) {
        return;
    }
    Bytes value = tree.value(node, *property);
    switch (below(random, 6)) {
        case 0:
            resize(value, random);
            break;
        case 1:
            value = text_value(random);
            break;
        case 2:
            value.resize(value.size() + 8);
            value.resize(LLVMFuzzerMutate(value.data(), value.size() - 8, value.size()));
            break;
        default:
            turn_cell(value, random);
            break;
    }
    tree.set(node, *property, value);
}

void edit_property(EditableTree& tree, Random& random) {
    const int node = tree.any_node(random);
    switch (below(random, 8)) {
        case 0:
            if (const auto property = tree.any_property(node, random)) {
                tree.remove_property(node, *property);
            }
            break;
        case 1:
            tree.set(node, pick(random, property_names), text_value(random));
            break;
        case 2:
            tree.set(node, pick(random, property_names), cells_value(random));
            break;
        default:
            change_value(tree, node, random);
            break;
    }
}

void edit_node(EditableTree& tree, Random& random) {
    const int node = tree.any_node(random);
    switch (below(random, 4)) {
        case 0:
            tree.remove_node(node);
            break;
        case 1:
            tree.rename_node(node, pick(random, node_names));
            break;
        default: {  // a copy, mostly beside a node of its kind
            const EditableTree original = tree;
            const std::string name = below(random, 2) == 0
                                         ? std::string(pick(random, node_names))
                                         : tree.name(node) + std::to_string(below(random, 4));
            tree.graft(tree.any_node(random), original, node, name);
            break;
        }
    }
}

void edit(EditableTree& tree, Random& random) {
    switch (below(random, 12)) {
        case 0:
            tree.reserve(std::uint64_t{pick(random, cells)}, pick(random, cells));
            break;
        case 1:
            tree.release(below(random, 4));
            break;
        case 2:
        case 3:
        case 4:
            edit_node(tree, random);
            break;
        default:
            edit_property(tree, random);
            break;
    }
}

/// An input taken apart.
struct Parts {
    std::uint8_t first;
    Bytes boot;
    Bytes module;  ///< mostly empty

    explicit Parts(std::span<const std::uint8_t> input) : first(input[0]) {
        const auto trees = input.subspan(1);
        const std::size_t length = boot_tree_length(trees);
        boot.assign(trees.begin(), trees.begin() + static_cast<std::ptrdiff_t>(length));
        module.assign(trees.begin() + static_cast<std::ptrdiff_t>(length), trees.end());
    }

    /// Its length; 0 when there is no room.
    std::size_t put(std::uint8_t* out, std::size_t max_size) const {
        const std::size_t size = 1 + boot.size() + module.size();
        if (size > max_size) {
            return 0;
        }
        out[0] = first;
        std::copy(boot.begin(), boot.end(), out + 1);
        std::copy(module.begin(), module.end(), out + 1 + boot.size());
        return size;
    }
};

}  // namespace

std::size_t mutate_tree(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
    Random random(seed);
    if (size < 2 || below(random, 8) == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    Parts parts({data, size});
    Bytes& changed = !parts.module.empty() && below(random, 2) == 0 ? parts.module : parts.boot;
    auto tree = EditableTree::open(changed);
    if (!tree) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    for (std::size_t i = below(random, 4) + 1; i > 0; --i) {
        edit(*tree, random);
    }
    const auto packed = tree->pack();
    changed.assign(packed.begin(), packed.end());
    if (below(random, 32) == 0) {
        parts.first = static_cast<std::uint8_t>(random());
    }
    const std::size_t length = parts.put(data, max_size);
    return length != 0 ? length : size;
}

std::size_t cross_trees(const std::uint8_t* first, std::size_t first_size,
                        const std::uint8_t* second, std::size_t second_size, std::uint8_t* out,
                        std::size_t max_size, unsigned seed) {
    Random random(seed);
    if (first_size < 2 || second_size < 2) {
        return 0;
    }
    Parts parts({first, first_size});
    const Parts others({second, second_size});
    auto tree = EditableTree::open(parts.boot);
    const auto other = EditableTree::open(others.boot);
    if (!tree || !other) {
        return 0;
    }
    const int node = other->any_node(random);
    const std::string name =
        below(random, 2) == 0 ? other->name(node) : std::string(pick(random, node_names));
    tree->graft(tree->any_node(random), *other, node, name.empty() ? "root" : name);
    const auto packed = tree->pack();
    parts.boot.assign(packed.begin(), packed.end());
    if (parts.module.empty()) {
        parts.module = others.module;
    }
    return parts.put(out, max_size);
}

}  // namespace isthmus::fuzz
