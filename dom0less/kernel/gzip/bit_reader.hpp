// SPDX-License-Identifier: Apache-2.0
// Bits out of bytes, the lowest bit of a byte first (RFC 1951, 3.1.1).
#pragma once

#include <span>

#include "isthmus/types.hpp"

namespace isthmus::dom0less {

/// Never reads behind its input: what would lie there reads as zeros, and overran() then says so.
class BitReader {
  public:
    BitReader() = default;
    explicit BitReader(std::span<const std::byte> in) : in_(in) {}

    /// Bits at hand after refill.
    static constexpr unsigned least_bits = 32;

    void refill() {
        if (count_ < least_bits) {
            hold_ |= u64{next_word()} << count_;
            count_ += 32;
        }
    }

    /// The next `bits`, at most 32 and at most as many as are left.
    u32 peek(unsigned bits) const { return static_cast<u32>(hold_ & ((u64{1} << bits) - 1)); }
    void drop(unsigned bits) {
        hold_ >>= bits;
        count_ -= bits;
    }
    u32 take(unsigned bits) {
        const u32 value = peek(bits);
        drop(bits);
        return value;
    }

    /// Up to the next byte boundary.
    void align() { drop(count_ % 8); }
    /// The next `count` whole bytes, fewer when the input ends before. Aligned only.
    std::span<const std::byte> take_bytes(usize count) {
        const usize start = position() < in_.size() ? position() : in_.size();
        const usize left = in_.size() - start;
        const usize taken = count < left ? count : left;
        hold_ = 0;
        count_ = 0;
        at_ = start + taken;
        return in_.subspan(start, taken);
    }

    /// Bytes of which at least one bit was taken.
    usize position() const { return at_ - count_ / 8; }
    bool overran() const { return at_ > in_.size() && position() > in_.size(); }

  private:
    u32 byte(usize at) const { return std::to_integer<u32>(in_.data()[at]); }
    u32 next_word() {
        const usize at = at_;
        at_ += 4;
        if (at_ <= in_.size()) [[likely]] {
            return byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
        }
        u32 word = 0;
        for (unsigned i = 0; i < 4 && at + i < in_.size(); ++i) {
            word |= byte(at + i) << (8 * i);
        }
        return word;
    }

    std::span<const std::byte> in_;
    usize at_ = 0;  ///< the byte that refill takes next; runs on behind the end
    u64 hold_ = 0;  ///< bits read and not yet taken; none above count_
    unsigned count_ = 0;
};

}  // namespace isthmus::dom0less
