// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/gzip/huffman_code.hpp"

namespace isthmus::dom0less {
namespace {

/// The lowest `bits` of `word` in reverse: words are written from their highest bit on.
u32 reversed(u32 word, unsigned bits) {
    u32 out = 0;
    for (unsigned i = 0; i < bits; ++i) {
        out = out << 1 | (word >> i & 1);
    }
    return out;
}

}  // namespace

bool HuffmanCode::build(std::span<const u8> lengths, bool sparse) {
    if (!count_lengths(lengths, sparse)) {
        return false;
    }
    sort_symbols(lengths);
    fill_fast();
    return true;
}

bool HuffmanCode::count_lengths(std::span<const u8> lengths, bool sparse) {
    counts_.fill(0);
    for (const u8 length : lengths) {
        ++counts_[length];
    }
    counts_[0] = 0;
    i32 free = 1;  // words of this length that begin no shorter word's way
    unsigned longest = 0;
    for (unsigned length = 1; length <= max_length; ++length) {
        free = 2 * free - counts_[length];
        if (free < 0) {
            return false;
        }
        longest = counts_[length] != 0 ? length : longest;
    }
    return free == 0 || (sparse && longest <= 1);
}

void HuffmanCode::sort_symbols(std::span<const u8> lengths) {
    std::array<u16, max_length + 1> next{};
    for (unsigned length = 1; length < max_length; ++length) {
        next[length + 1] = static_cast<u16>(next[length] + counts_[length]);
    }
    for (usize symbol = 0; symbol < lengths.size(); ++symbol) {
        if (lengths[symbol] != 0) {
            symbols_[next[lengths[symbol]]++] = static_cast<u16>(symbol);
        }
    }
}

void HuffmanCode::fill_fast() {
    fast_.fill(0);
    u32 word = 0;
    usize index = 0;
    for (unsigned length = 1; length <= fast_bits; ++length, word <<= 1) {
        for (unsigned i = 0; i < counts_[length]; ++i, ++word, ++index) {
            const u16 entry = static_cast<u16>(u32{symbols_[index]} << 4 | length);
            for (u32 at = reversed(word, length); at < fast_.size(); at += u32{1} << length) {
                fast_[at] = entry;
            }
        }
    }
}

/// Symbol << 4 | length of the word that `bits` begin with. They come by value, so that the reader
/// can stay in registers.
u32 HuffmanCode::find_long(u32 bits) const {
    u32 word = 0;   // the bits so far
    u32 first = 0;  // the first word of this length
    u32 index = 0;  // its symbol
    for (unsigned length = 1; length <= max_length; ++length) {
        word |= bits >> (length - 1) & 1;
        const u32 count = counts_[length];
        if (word - first < count) {
            return u32{symbols_[index + (word - first)]} << 4 | length;
        }
        index += count;
        first = (first + count) << 1;
        word <<= 1;
    }
    return no_symbol << 4;
}

}  // namespace isthmus::dom0less
