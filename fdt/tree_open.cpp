// SPDX-License-Identifier: Apache-2.0
// The first look at a blob, when nothing in it can be believed yet.
#include <libfdt.h>

#include "fdt/rules.hpp"
#include "fdt/tree.hpp"
#include "fdt/tree_indexer.hpp"

namespace isthmus::fdt {
namespace {

constexpr usize alignment = 8;  // Devicetree specification, 5.6

std::string_view reason(int error) {
    switch (error) {
        case -FDT_ERR_BADMAGIC:
            return "the magic number is wrong";
        case -FDT_ERR_BADVERSION:
            return "the format's version is not supported";
        case -FDT_ERR_BADSTATE:
            return "the tree was not finished by who wrote it";
        case -FDT_ERR_TRUNCATED:
            return "it is cut off, or a size in it lies";
        case -FDT_ERR_BADSTRUCTURE:
            return "the structure block is broken";
        case -FDT_ERR_BADLAYOUT:
            return "its blocks lie in an order or at an alignment that cannot be read";
        default:
            return "it is broken";
    }
}

}  // namespace

std::optional<Tree> Tree::open(std::span<const std::byte> blob, Arena& arena, Findings& findings) {
    if (blob.data() == nullptr || reinterpret_cast<std::uintptr_t>(blob.data()) % alignment != 0) {
        findings.add(rules::malformed, "/", {}, "the tree does not lie at a multiple of {} bytes",
                     alignment);
        return std::nullopt;
    }
    const void* raw = blob.data();
    if (const int error = fdt_check_full(raw, blob.size()); error != 0) {
        findings.add(rules::malformed, "/", {}, "this is no device tree of {} bytes: {}",
                     blob.size(), reason(error));
        return std::nullopt;
    }
    Tree tree(arena);
    tree.total_size_ = fdt_totalsize(raw);
    if (!TreeIndexer(raw, arena, findings).fill(tree)) {
        return std::nullopt;
    }
    return tree;
}

}  // namespace isthmus::fdt
