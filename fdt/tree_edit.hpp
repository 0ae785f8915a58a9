// SPDX-License-Identifier: Apache-2.0
// Changing properties of a tree that exists, over libfdt. Nothing else of it changes: its header,
// its memory reservations, and the order of nodes and properties. Used by the host program.
#pragma once

#include <span>

#include "isthmus/result.hpp"

namespace isthmus::fdt {

struct PropertyEdit {
    usize node = 0;  ///< the node's number in tree order, as Tree counts
    const char* name = nullptr;
    std::span<const std::byte> value;
};

/// Copies `blob`, which Tree::open has accepted, to `buffer` and sets the properties there; the
/// part of the buffer that the new blob takes. Errors: out_of_memory when the buffer is too small,
/// not_found when there is no such node, invalid_argument for any other failure.
Result<std::span<const std::byte>> edit_properties(std::span<const std::byte> blob,
                                                   std::span<const PropertyEdit> edits,
                                                   std::span<std::byte> buffer);

}  // namespace isthmus::fdt
