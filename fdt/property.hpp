// SPDX-License-Identifier: Apache-2.0
// A property's bytes, read as what the Devicetree specification (2.2.4) lets them be: 32-bit
// big-endian cells, numbers of several cells, texts that end in NUL.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::fdt {

struct Property {
    std::string_view name;  ///< any characters: printable() before it is shown
    std::span<const std::byte> value;

    bool empty() const { return value.empty(); }
    /// The value is a whole number of 32-bit cells (and may have none).
    bool is_cells() const { return value.size() % 4 == 0; }
    usize cell_count() const { return value.size() / 4; }
    /// Cell `index`, which must be less than cell_count().
    u32 cell(usize index) const;
    /// `count` cells (0 to 2) from cell `first` as one number; 0 for none. The cells must exist.
    u64 cells(usize first, usize count) const;
    /// The whole value as one number, when it is exactly one or two cells long.
    std::optional<u64> number() const;
    /// The whole value as one cell.
    std::optional<u32> single_cell() const;

    /// The first text: up to the first NUL, which must be there. Nothing when there is no NUL.
    std::optional<std::string_view> text() const;
    /// Text number `index` of a list, or nothing.
    std::optional<std::string_view> text(usize index) const;
    /// One of the texts of the list is `wanted`.
    bool lists(std::string_view wanted) const;
};

}  // namespace isthmus::fdt
