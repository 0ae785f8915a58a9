// SPDX-License-Identifier: Apache-2.0
// How long a tree is that nobody says the length of.
#pragma once

#include <cstddef>
#include <span>

#include "isthmus/types.hpp"

namespace isthmus::efi {

/// Bytes of a tree by its header's first eight (Devicetree specification, 5.2); 0 when it is none.
constexpr usize tree_size(std::span<const std::byte, 8> header) {
    const auto word = [&](usize at) {
        u32 value = 0;
        for (usize i = 0; i < 4; ++i) {
            value = value << 8 | std::to_integer<u32>(header[at + i]);
        }
        return value;
    };
    return word(0) == 0xd00d'feed ? word(4) : 0;
}

}  // namespace isthmus::efi
