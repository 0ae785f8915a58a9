// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree_walk.hpp"

#include <libfdt.h>

#include "fdt/blob.hpp"
#include "fdt/words.hpp"

namespace isthmus::fdt {

std::optional<TreeWalk> TreeWalk::open(std::span<const std::byte> blob) {
    const bool lies_well = blob.data() != nullptr &&
                           reinterpret_cast<std::uintptr_t>(blob.data()) % blob_alignment == 0;
    if (!lies_well || check_blob_header(blob) != 0 || !has_blob_format(blob)) {
        return std::nullopt;
    }
    const int reservations = fdt_num_mem_rsv(blob.data());
    return reservations < 0 ? std::nullopt
                            : std::optional(TreeWalk(blob, static_cast<usize>(reservations)));
}

TreeWalk::TreeWalk(std::span<const std::byte> blob, usize reservations)
    : blob_(blob), reservations_(reservations), reader_(structure_of(blob)) {}

bool TreeWalk::next() {
    while (true) {
        const Token token = reader_.next();
        switch (token.kind) {
            case Token::Kind::begin_node:
                if (open_ == levels_.size() || (open_ == 0 && has_root_)) {
                    return false;
                }
                has_root_ = true;
                levels_[open_++] = {token.name, reader_};
                return true;
            case Token::Kind::property:
                break;
            case Token::Kind::end_node:
                if (open_ == 0) {
                    return false;
                }
                --open_;
                break;
            case Token::Kind::end:
                is_whole_ = has_root_ && open_ == 0;
                return false;
            case Token::Kind::broken:
                return false;
        }
    }
}

std::string_view TreeWalk::base_name(usize depth) const {
    return before(name(depth), '@');
}

std::optional<Property> TreeWalk::property(usize depth, std::string_view name) const {
    StructureReader reader = levels_[depth].properties;
    for (Token token = reader.next(); token.kind == Token::Kind::property; token = reader.next()) {
        if (token.name == name) {
            return Property{token.name, token.value};
        }
    }
    return std::nullopt;
}

bool TreeWalk::is_enabled() const {
    const auto status = property(depth(), "status");
    return !status || status->lists("okay") || status->lists("ok");
}

CellCounts TreeWalk::cells(usize depth) const {
    const auto count = [&](std::string_view name, u32 otherwise) {
        const auto found = property(depth, name);
        return found ? found->single_cell().value_or(otherwise) : otherwise;
    };
    const CellCounts defaults;
    return {count("#address-cells", defaults.address), count("#size-cells", defaults.size)};
}

std::optional<u32> TreeWalk::nearest_cells(usize depth, std::string_view name) const {
    for (usize above = depth + 1; above > 0; --above) {
        if (const auto found = property(above - 1, name)) {
            return found->single_cell();
        }
    }
    return std::nullopt;
}

usize TreeWalk::total_size() const {
    const void* raw = blob_.data();
    return fdt_totalsize(raw);
}

RegEntry TreeWalk::reservation(usize index) const {
    RegEntry entry;
    uint64_t address = 0;
    uint64_t size = 0;
    if (fdt_get_mem_rsv(blob_.data(), static_cast<int>(index), &address, &size) == 0) {
        entry = {address, size};
    }
    return entry;
}

}  // namespace isthmus::fdt
