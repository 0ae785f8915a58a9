// SPDX-License-Identifier: Apache-2.0
// The gzip file format, read (RFC 1952): one member, whatever follows it.
#pragma once

#include <string_view>

#include "dom0less/kernel/gzip/crc32.hpp"
#include "dom0less/kernel/gzip/inflate.hpp"

namespace isthmus::dom0less {

/// The first two bytes of a member.
bool is_gzip(std::span<const std::byte> bytes);

/// What is wrong, in words that go behind "gzip data with".
std::string_view to_text(Unpacked end);

/// Some 80 KiB, and nothing beyond: for the heap or an arena, not for a stack.
class Gunzip {
  public:
    /// Decompresses the member that `in` begins with. What follows it is not looked at: a module's
    /// range may be larger than its file, and hold anything there. `stopped` by the sink leaves the
    /// checksum unchecked.
    Unpacked run(std::span<const std::byte> in, ByteSink& out);
    /// The same step by step, as Inflater: begin() says `more`, or what is wrong with the header.
    Unpacked begin(std::span<const std::byte> in);
    Unpacked step(ByteSink& out, usize budget);
    /// At the end: bytes of `in` that the member is made of, or up to where it went wrong.
    usize consumed() const { return consumed_; }

  private:
    class Checked;

    Unpacked read_header(std::span<const std::byte> in);
    Unpacked check_trailer() const;

    std::span<const std::byte> in_;
    u64 bytes_ = 0;  ///< decompressed so far
    Inflater inflater_;
    Crc32 crc_;
    usize consumed_ = 0;
};

}  // namespace isthmus::dom0less
