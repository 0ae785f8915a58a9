// SPDX-License-Identifier: Apache-2.0
// DEFLATE streams and gzip members written bit by bit, right or wrong as a test wants them.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "dom0less/kernel/gzip/crc32.hpp"

namespace isthmus::test {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text) {
    Bytes out;
    for (const char letter : text) {
        out.push_back(static_cast<std::byte>(letter));
    }
    return out;
}

class DeflateWriter {
  public:
    /// The lowest bit first.
    DeflateWriter& bits(u64 value, unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            if (used_ % 8 == 0) {
                out_.push_back(std::byte{0});
            }
            out_.back() |= static_cast<std::byte>((value >> i & 1) << used_ % 8);
            ++used_;
        }
        return *this;
    }
    /// A code word: the highest bit first.
    DeflateWriter& word(u32 value, unsigned count) {
        for (unsigned i = count; i > 0; --i) {
            bits(value >> (i - 1), 1);
        }
        return *this;
    }
    DeflateWriter& block(bool last, u32 type) { return bits(last ? 1 : 0, 1).bits(type, 2); }

    DeflateWriter& stored(bool last, std::string_view text) {
        block(last, 0).align();
        const u32 size = static_cast<u32>(text.size());
        bits(size, 16).bits(~size & 0xffff, 16);
        return raw(text);
    }
    DeflateWriter& raw(std::string_view text) {
        for (const char letter : text) {
            bits(static_cast<u8>(letter), 8);
        }
        return *this;
    }
    DeflateWriter& align() { return bits(0, (8 - used_ % 8) % 8); }

    /// A symbol of the fixed code (RFC 1951, 3.2.6).
    DeflateWriter& fixed(u32 symbol) {
        return symbol < 144   ? word(0x30 + symbol, 8)
               : symbol < 256 ? word(0x190 + symbol - 144, 9)
               : symbol < 280 ? word(symbol - 256, 7)
                              : word(0xc0 + symbol - 280, 8);
    }
    DeflateWriter& fixed_text(std::string_view text) {
        for (const char letter : text) {
            fixed(static_cast<u8>(letter));
        }
        return *this;
    }

    /// HLIT, HDIST and the lengths of the code for code lengths, in the order in which they are
    /// written: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15.
    DeflateWriter& dynamic(bool last, u32 literals, u32 distances,
                           std::initializer_list<u32> lengths) {
        block(last, 2).bits(literals - 257, 5).bits(distances - 1, 5);
        bits(static_cast<u32>(lengths.size()) - 4, 4);
        for (const u32 length : lengths) {
            bits(length, 3);
        }
        return *this;
    }

    const Bytes& bytes() const { return out_; }

  private:
    Bytes out_;
    unsigned used_ = 0;
};

inline void append(Bytes& out, u64 value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
        out.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
}

/// A member around a stream whose content is `text`.
inline Bytes gzip_member(const Bytes& stream, const Bytes& content) {
    Bytes out = bytes_of({"\x1f\x8b\x08\0\0\0\0\0\0\3", 10});
    out.insert(out.end(), stream.begin(), stream.end());
    dom0less::Crc32 crc;
    crc.add(content);
    append(out, crc.result(), 4);
    append(out, content.size(), 4);
    return out;
}

/// A member that holds `content` in stored blocks.
inline Bytes gzip_stored(const Bytes& content) {
    DeflateWriter writer;
    const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
    constexpr usize most = 0xffff;
    usize at = 0;
    for (; text.size() - at > most; at += most) {
        writer.stored(false, text.substr(at, most));
    }
    writer.stored(true, text.substr(at));
    return gzip_member(writer.bytes(), content);
}

}  // namespace isthmus::test
