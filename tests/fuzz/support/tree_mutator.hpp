// SPDX-License-Identifier: Apache-2.0
// Edits of a device tree that leave it a device tree: nodes removed, renamed, copied, moved;
// properties set, resized, dropped, their cells turned; reservations added. Byte edits, which the
// reader refuses at once nearly always, are the smaller part.
//
// An input is one byte (the arena's size, boot.hpp) and a blob, or two.
#pragma once

#include <cstddef>
#include <cstdint>

namespace isthmus::fuzz {

/// For LLVMFuzzerCustomMutator, with its arguments.
std::size_t mutate_tree(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed);

/// For LLVMFuzzerCustomCrossOver: a node of the second tree is put into the first.
std::size_t cross_trees(const std::uint8_t* first, std::size_t first_size,
                        const std::uint8_t* second, std::size_t second_size, std::uint8_t* out,
                        std::size_t max_size, unsigned seed);

}  // namespace isthmus::fuzz

/// Once in each target that reads trees.
#define ISTHMUS_FUZZ_TREES()                                                                     \
    extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,         \
                                                   std::size_t max_size, unsigned seed) {        \
        return isthmus::fuzz::mutate_tree(data, size, max_size, seed);                           \
    }                                                                                            \
    extern "C" std::size_t LLVMFuzzerCustomCrossOver(                                            \
        const std::uint8_t* first, std::size_t first_size, const std::uint8_t* second,           \
        std::size_t second_size, std::uint8_t* out, std::size_t max_size, unsigned seed) {       \
        return isthmus::fuzz::cross_trees(first, first_size, second, second_size, out, max_size, \
                                          seed);                                                 \
    }                                                                                            \
    static_assert(true)
