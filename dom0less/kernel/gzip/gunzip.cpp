// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/gzip/gunzip.hpp"

#include <algorithm>

#include "isthmus/bits.hpp"

namespace isthmus::dom0less {
namespace {

// FLG, byte 3 of the header (RFC 1952, 2.3.1).
using HeaderCrc = BitField<1>;
using ExtraField = BitField<2>;
using FileName = BitField<3>;
using Comment = BitField<4>;
using Reserved = BitField<5, 3>;

constexpr std::byte deflate{8};
constexpr usize fixed_header_bytes = 10;
constexpr usize trailer_bytes = 8;

u32 little_endian(std::span<const std::byte> in, usize at, usize bytes) {
    u32 value = 0;
    for (usize i = bytes; i > 0; --i) {
        value = value << 8 | std::to_integer<u32>(in[at + i - 1]);
    }
    return value;
}

/// The position behind the NUL of a text that starts at `at`; behind the end when it has none.
usize behind_text(std::span<const std::byte> in, usize at) {
    while (at < in.size() && in[at] != std::byte{0}) {
        ++at;
    }
    return at + 1;
}

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::string_view to_text(Unpacked end) {
    switch (end) {
        case Unpacked::done:
        case Unpacked::more:
        case Unpacked::stopped:
            return "nothing wrong";
        case Unpacked::truncated:
            return "an end that is missing";
        case Unpacked::bad_block_type:
            return "a block of a type that is none";
        case Unpacked::bad_stored_size:
            return "two sizes of one block that disagree";
        case Unpacked::bad_code:
            return "code lengths of which no code can be made";
        case Unpacked::bad_symbol:
            return "bits that are no code word";
        case Unpacked::bad_distance:
            return "a copy from before its start";
        case Unpacked::bad_header:
            return "a header of an unknown kind";
        case Unpacked::bad_checksum:
            return "a wrong checksum";
        case Unpacked::bad_size:
            return "a size that is not that of its content";
    }
    return {};
}

/// Counts and sums up what goes through it.
class Gunzip::Checked final : public ByteSink {
  public:
    Checked(ByteSink& out, Crc32& crc, u64& bytes) : out_(out), crc_(crc), bytes_(bytes) {}
    bool write(std::span<const std::byte> bytes) override {
        crc_.add(bytes);
        bytes_ += bytes.size();
        return out_.write(bytes);
    }

  private:
    ByteSink& out_;
    Crc32& crc_;
    u64& bytes_;
};

Unpacked Gunzip::run(std::span<const std::byte> in, ByteSink& out) {
    const Unpacked begun = begin(in);
    return begun == Unpacked::more ? step(out, ~usize{0}) : begun;
}

Unpacked Gunzip::begin(std::span<const std::byte> in) {
    in_ = in;
    consumed_ = 0;
    bytes_ = 0;
    if (const Unpacked header = read_header(in); header != Unpacked::done) {
        return header;
    }
    crc_.restart();
    inflater_.begin(in.subspan(consumed_));
    return Unpacked::more;
}

Unpacked Gunzip::step(ByteSink& out, usize budget) {
    Checked checked(out, crc_, bytes_);
    const Unpacked end = inflater_.step(checked, budget);
    if (end == Unpacked::more) {
        return end;
    }
    consumed_ = std::min(consumed_ + inflater_.consumed(), in_.size());
    if (end != Unpacked::done) {
        return end;
    }
    const Unpacked checksum = check_trailer();
    consumed_ += checksum == Unpacked::done ? trailer_bytes : 0;
    return checksum;
}

Unpacked Gunzip::read_header(std::span<const std::byte> in) {
    if (in.size() < fixed_header_bytes) {
        return Unpacked::truncated;
    }
    const u32 flags = std::to_integer<u32>(in[3]);
    if (!is_gzip(in) || in[2] != deflate || Reserved::get(flags) != 0) {
        return Unpacked::bad_header;
    }
    usize at = fixed_header_bytes;
    if (ExtraField::get(flags) != 0) {
        if (in.size() - at < 2) {
            return Unpacked::truncated;
        }
        at += 2 + little_endian(in, at, 2);
    }
    at = FileName::get(flags) != 0 ? behind_text(in, at) : at;
    at = Comment::get(flags) != 0 ? behind_text(in, at) : at;
    if (at > in.size()) {
        return Unpacked::truncated;
    }
    if (HeaderCrc::get(flags) != 0) {
        if (in.size() - at < 2) {
            return Unpacked::truncated;
        }
        crc_.restart();
        crc_.add(in.first(at));
        if (little_endian(in, at, 2) != (crc_.result() & 0xffff)) {
            return Unpacked::bad_checksum;
        }
        at += 2;
    }
    consumed_ = at;
    return Unpacked::done;
}

Unpacked Gunzip::check_trailer() const {
    if (in_.size() - consumed_ < trailer_bytes) {
        return Unpacked::truncated;
    }
    if (little_endian(in_, consumed_, 4) != crc_.result()) {
        return Unpacked::bad_checksum;
    }
    if (little_endian(in_, consumed_ + 4, 4) != static_cast<u32>(bytes_)) {
        return Unpacked::bad_size;
    }
    return Unpacked::done;
}

}  // namespace isthmus::dom0less
