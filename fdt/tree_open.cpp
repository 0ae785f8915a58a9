// SPDX-License-Identifier: Apache-2.0
// The first look at a blob, when nothing in it can be believed yet. libfdt checks the header and
// the memory reservation block; the structure block is walked once, checked and indexed together.
// That nothing passes which libfdt's own full check refuses is a fuzzing target and a test.
#include <libfdt.h>

#include "fdt/blob.hpp"
#include "fdt/rules.hpp"
#include "fdt/tree.hpp"
#include "fdt/tree_indexer.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::fdt {
namespace {

std::string_view reason(int error) {
    switch (error) {
        case 0:
            return "the format's version is too old";
        case -FDT_ERR_BADMAGIC:
            return "the magic number is wrong";
        case -FDT_ERR_BADVERSION:
            return "the format's version is not supported";
        case -FDT_ERR_BADSTATE:
            return "the tree was not finished by who wrote it";
        case -FDT_ERR_TRUNCATED:
            return "it is cut off, or a size in it lies";
        default:
            return "its header is broken";
    }
}

}  // namespace

std::optional<Tree> Tree::open(std::span<const std::byte> blob, Arena& arena, Findings& findings) {
    if (blob.empty()) {
        findings.add(rules::malformed, "/", {}, "there is no tree: the file is empty");
        return std::nullopt;
    }
    if (blob.data() == nullptr ||
        reinterpret_cast<std::uintptr_t>(blob.data()) % blob_alignment != 0) {
        findings.add(rules::malformed, "/", {}, "the tree does not lie at a multiple of {} bytes",
                     blob_alignment);
        return std::nullopt;
    }
    const void* raw = blob.data();
    const int error = check_blob_header(blob);
    if (error != 0 || !has_blob_format(blob)) {
        findings.add(rules::malformed, "/", {}, "this is no device tree of {} bytes: {}",
                     blob.size(), reason(error));
        return std::nullopt;
    }
    Tree tree(arena);
    tree.total_size_ = fdt_totalsize(raw);
    if (!tree.read_reservations(raw, arena, findings)) {
        return std::nullopt;
    }
    const StructureReader reader = structure_of(blob);
    if (!TreeIndexer(reader, arena, findings).fill(tree)) {
        return std::nullopt;
    }
    return tree;
}

bool Tree::read_reservations(const void* blob, Arena& arena, Findings& findings) {
    const int count = fdt_num_mem_rsv(blob);
    if (count < 0) {
        findings.add(rules::malformed, "/memreserve/", {},
                     "the memory reservation block has no end");
        return false;
    }
    const auto entries = arena.allocate<Reservation>(static_cast<usize>(count));
    if (entries.size() != static_cast<usize>(count)) {
        findings.add(rules::limit, "/memreserve/", {}, "{} entries are more than {} hold", count,
                     byte_size(arena.capacity()));
        return false;
    }
    for (usize i = 0; i < entries.size(); ++i) {
        // Cannot fail: the entry has been counted.
        fdt_get_mem_rsv(blob, static_cast<int>(i), &entries[i].address, &entries[i].size);
    }
    reservations_ = entries;
    return true;
}

}  // namespace isthmus::fdt
