// SPDX-License-Identifier: Apache-2.0
#include "fdt/structure.hpp"

#include <optional>

#include "isthmus/units.hpp"

namespace isthmus::fdt {
namespace {

constexpr u32 tag_begin_node = 1;
constexpr u32 tag_end_node = 2;
constexpr u32 tag_property = 3;
constexpr u32 tag_nop = 4;
constexpr u32 tag_end = 9;
constexpr usize cell_bytes = 4;

/// The text at `start` up to its NUL, which must lie inside `block`.
std::optional<std::string_view> text_at(std::span<const std::byte> block, usize start) {
    if (start >= block.size()) {
        return std::nullopt;
    }
    const char* text = reinterpret_cast<const char*>(block.data()) + start;
    const usize room = block.size() - start;
    for (usize length = 0; length < room; ++length) {
        if (text[length] == '\0') {
            return std::string_view{text, length};
        }
    }
    return std::nullopt;
}

}  // namespace

u32 StructureReader::cell(usize at) const {
    const std::byte* bytes = structure_.data() + at;
    return static_cast<u32>(bytes[0]) << 24 | static_cast<u32>(bytes[1]) << 16 |
           static_cast<u32>(bytes[2]) << 8 | static_cast<u32>(bytes[3]);
}

void StructureReader::align() {
    const usize next = align_up(position_, cell_bytes);
    position_ = next < structure_.size() ? next : structure_.size();
}

Token StructureReader::next() {
    while (has(cell_bytes)) {
        offset_ = position_;
        const u32 tag = cell(position_);
        if (tag == tag_end) {
            return {Token::Kind::end, {}, {}};
        }
        if (tag != tag_begin_node && tag != tag_property && tag != tag_end_node && tag != tag_nop) {
            return {};
        }
        position_ += cell_bytes;
        if (tag == tag_begin_node) {
            return begin_node();
        }
        if (tag == tag_property) {
            return property();
        }
        if (tag == tag_end_node) {
            return {Token::Kind::end_node, {}, {}};
        }
    }
    return {};
}

Token StructureReader::begin_node() {
    const auto name = text_at(structure_, position_);
    if (!name) {
        position_ = structure_.size();
        return {};
    }
    position_ += name->size() + 1;
    align();
    return {Token::Kind::begin_node, *name, {}};
}

Token StructureReader::property() {
    if (!has(2 * cell_bytes)) {
        position_ = structure_.size();
        return {};
    }
    const u32 length = cell(position_);
    const auto name = text_at(strings_, cell(position_ + cell_bytes));
    position_ += 2 * cell_bytes;
    if (!name || !has(length)) {
        position_ = structure_.size();
        return {};
    }
    const auto value = structure_.subspan(position_, length);
    position_ += length;
    align();
    return {Token::Kind::property, *name, value};
}

}  // namespace isthmus::fdt
