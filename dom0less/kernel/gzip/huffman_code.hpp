// SPDX-License-Identifier: Apache-2.0
// A Huffman code as DEFLATE gives it: the length of each symbol's code word (RFC 1951, 3.2.2).
#pragma once

#include <array>
#include <span>

#include "dom0less/kernel/gzip/bit_reader.hpp"

namespace isthmus::dom0less {

class HuffmanCode {
  public:
    static constexpr usize max_symbols = 288;
    static constexpr unsigned max_length = 15;
    static constexpr u32 no_symbol = 0xffff;

    /// `lengths`: bits of each symbol's word, at most max_length; 0: the symbol does not occur.
    /// False when no code has these lengths: too many words, or too few. Too few are allowed to a
    /// `sparse` code of no word, or of a single one of one bit.
    bool build(std::span<const u8> lengths, bool sparse);

    /// The next symbol, or no_symbol when no word begins like the input. The reader has max_length
    /// bits at hand.
    u32 decode(BitReader& in) const {
        u32 entry = fast_[in.peek(fast_bits)];
        if (entry == 0) [[unlikely]] {
            entry = find_long(in.peek(max_length));
        }
        in.drop(entry & 0xf);
        return entry >> 4;
    }

  private:
    /// Words up to this length are found by one look into a table.
    static constexpr unsigned fast_bits = 10;

    bool count_lengths(std::span<const u8> lengths, bool sparse);
    void sort_symbols(std::span<const u8> lengths);
    void fill_fast();
    u32 find_long(u32 bits) const;

    std::array<u16, 1 << fast_bits> fast_;    ///< symbol << 4 | length; 0: a longer word, or none
    std::array<u16, max_length + 1> counts_;  ///< words of each length
    std::array<u16, max_symbols> symbols_;    ///< in the order of their words
};

}  // namespace isthmus::dom0less
