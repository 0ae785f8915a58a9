// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "isthmus/types.hpp"

namespace isthmus::test {

/// `size` bytes that begin with an Image header of these fields.
inline std::vector<std::byte> kernel_bytes(u64 text_offset, u64 image_size, u64 flags,
                                           usize size = 64) {
    std::vector<std::byte> bytes(size);
    for (usize at = 64; at < size; ++at) {
        bytes[at] = static_cast<std::byte>(at * 7 % 251);
    }
    const auto put = [&bytes](usize at, u64 value, usize count) {
        for (usize i = 0; i < count; ++i) {
            bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
        }
    };
    put(8, text_offset, 8);
    put(16, image_size, 8);
    put(24, flags, 8);
    put(56, 0x644d5241, 4);
    return bytes;
}

}  // namespace isthmus::test
