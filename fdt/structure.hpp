// SPDX-License-Identifier: Apache-2.0
// The structure block of a flattened tree as a row of tokens (Devicetree specification, 5.4).
// Nothing in the block is believed: each token is checked against the ends of its blocks. libfdt
// would do the same at seven times the instructions, and reading the tree is most of what planning
// costs at boot.
#pragma once

#include <span>
#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::fdt {

struct Token {
    enum class Kind : u8 { begin_node, property, end_node, end, broken };

    Kind kind = Kind::broken;
    std::string_view name;             ///< of the node or property
    std::span<const std::byte> value;  ///< of the property
};

class StructureReader {
  public:
    /// Of nothing: the first token is broken.
    StructureReader() = default;
    StructureReader(std::span<const std::byte> structure, std::span<const std::byte> strings)
        : structure_(structure), strings_(strings) {}

    /// The next token; `end` and `broken` repeat. Tokens that say nothing (NOP) are skipped.
    Token next();
    /// Byte offset of the token that next() gave last.
    usize offset() const { return offset_; }

  private:
    bool has(usize bytes) const { return structure_.size() - position_ >= bytes; }
    u32 cell(usize at) const;
    Token begin_node();
    Token property();
    /// Steps to the next multiple of four bytes, or to the block's end.
    void align();

    std::span<const std::byte> structure_;
    std::span<const std::byte> strings_;
    usize position_ = 0;
    usize offset_ = 0;
};

}  // namespace isthmus::fdt
