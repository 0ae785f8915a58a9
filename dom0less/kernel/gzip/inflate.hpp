// SPDX-License-Identifier: Apache-2.0
// The DEFLATE compressed data format, read (RFC 1951).
#pragma once

#include <array>
#include <span>

#include "dom0less/kernel/gzip/huffman_code.hpp"

namespace isthmus::dom0less {

/// Where decompressed bytes go.
class ByteSink {
  public:
    /// The next bytes, in order. False: that is enough, and decompressing stops.
    virtual bool write(std::span<const std::byte> bytes) = 0;

  protected:
    ~ByteSink() = default;
};

/// How decompressing ended. inflate gives those up to `bad_distance`.
enum class Unpacked : u8 {
    done,
    more,             ///< the piece is done, and there is another
    stopped,          ///< the sink had enough
    truncated,        ///< the input ends too early
    bad_block_type,   ///< 3, which is none
    bad_stored_size,  ///< LEN and NLEN of a stored block disagree
    bad_code,         ///< code lengths of which no code can be made
    bad_symbol,       ///< bits that are no code word, or a symbol that has no meaning
    bad_distance,     ///< a copy of what lies before the start
    bad_header,       ///< gzip: no member, or one of a kind that RFC 1952 does not know
    bad_checksum,     ///< gzip: CRC32 of the header or of the output
    bad_size,         ///< gzip: ISIZE
};

/// Some 75 KiB, and nothing beyond: for the heap or an arena, not for a stack.
class Inflater {
  public:
    /// Decompresses the stream that `in` begins with; the sink gets it in pieces of up to 32 KiB.
    Unpacked run(std::span<const std::byte> in, ByteSink& out);
    /// The same step by step: begin() once, then step() for as long as that says `more`, each time
    /// for `budget` bytes and at most a copy, or a block's beginning, more.
    void begin(std::span<const std::byte> in);
    Unpacked step(ByteSink& out, usize budget);
    /// At the end: bytes of `in` that the stream is made of, or up to where it went wrong.
    usize consumed() const { return reader_.position(); }

  private:
    static constexpr usize window_bytes = 32 * 1024;  ///< the longest distance
    static constexpr usize longest_copy = 258;

    /// So many bytes again, from so far back.
    struct Match {
        u32 length = 0;
        u32 distance = 0;
    };

    /// What comes next of the stream.
    enum class Phase : u8 { header, stored, coded };

    Unpacked run_blocks();
    Unpacked run_phase();
    Unpacked begin_block();
    Unpacked begin_stored();
    Unpacked stored_block();
    Unpacked read_codes();
    bool read_lengths(std::span<u8> lengths);
    void fixed_codes();
    Unpacked coded_block();
    Match read_match(BitReader& in, u32 symbol) const;
    void copy_match(Match match, usize filled);
    bool flush(usize filled);
    bool write_rest();

    BitReader reader_;
    Phase phase_ = Phase::header;
    bool is_last_ = false;  ///< the block
    usize stored_ = 0;      ///< bytes of a stored block that are left
    usize budget_ = 0;      ///< bytes that this step may still decompress
    ByteSink* out_ = nullptr;
    usize filled_ = window_bytes;  ///< of the buffer
    u64 flushed_ = 0;              ///< bytes that have gone to the sink
    HuffmanCode literals_;
    HuffmanCode distances_;
    /// A window of what has gone to the sink, one of what has not, and room for a copy to end in.
    alignas(64) std::array<std::byte, 2 * window_bytes + longest_copy> buffer_;
};

}  // namespace isthmus::dom0less
