// SPDX-License-Identifier: Apache-2.0
// FNV-1a, 32 bits: enough to notice bytes that were lost, torn or swapped.
#pragma once

#include <span>

#include "isthmus/types.hpp"

namespace isthmus::guest {

constexpr u32 checksum(std::span<const std::byte> bytes) {
    u32 sum = 0x811c'9dc5;
    for (const std::byte byte : bytes) {
        sum = (sum ^ static_cast<u32>(byte)) * 0x0100'0193;
    }
    return sum;
}

}  // namespace isthmus::guest
