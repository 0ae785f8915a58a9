// SPDX-License-Identifier: Apache-2.0
// FNV-1a with words of 64 bits for octets, folded to 32: enough to notice bytes that were lost,
// torn or swapped, at one multiplication for eight of them.
#pragma once

#include <span>

#include "isthmus/types.hpp"

namespace isthmus::guest {

/// Little-endian, as both sides of a queue are. Fast where `bytes` is 8-byte aligned.
inline u32 checksum(std::span<const std::byte> bytes) {
    constexpr u64 prime = 0x100'0000'01b3;
    u64 sum = 0xcbf2'9ce4'8422'2325;
    const bool aligned = reinterpret_cast<usize>(bytes.data()) % 8 == 0;
    while (bytes.size() >= 8) {
        u64 word = 0;
        if (aligned) {
            __builtin_memcpy(&word, __builtin_assume_aligned(bytes.data(), 8), 8);
        } else {
            __builtin_memcpy(&word, bytes.data(), 8);
        }
        sum = (sum ^ word) * prime;
        bytes = bytes.subspan(8);
    }
    for (const std::byte byte : bytes) {
        sum = (sum ^ static_cast<u64>(byte)) * prime;
    }
    return static_cast<u32>(sum ^ sum >> 32);
}

}  // namespace isthmus::guest
