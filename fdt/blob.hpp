// SPDX-License-Identifier: Apache-2.0
// The outside of a flattened tree: whether its header tells the truth (Devicetree specification,
// 5.2), and where its structure block is. Says nothing of what the blocks hold.
#pragma once

#include <limits>

#include "fdt/structure.hpp"

namespace isthmus::fdt {

inline constexpr usize blob_alignment = 8;  // Devicetree specification, 5.6
/// libfdt counts bytes in an int.
inline constexpr usize most_blob_bytes = std::numeric_limits<int>::max();

/// 0 when the header's sizes lie inside `blob`; else an error of libfdt.
int check_blob_header(std::span<const std::byte> blob);
/// The version is one that can be read. The header must be good.
bool has_blob_format(std::span<const std::byte> blob);
/// The structure block of a blob whose header is good.
StructureReader structure_of(std::span<const std::byte> blob);

}  // namespace isthmus::fdt
