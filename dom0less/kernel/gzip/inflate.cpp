// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/gzip/inflate.hpp"

#include <algorithm>
#include <cstring>

namespace isthmus::dom0less {
namespace {

constexpr u16 end_of_block = 256;
constexpr usize max_literals = 286;
constexpr usize max_distances = 30;

/// What a length or distance symbol stands for: `base`, and `extra` bits added to it (RFC 1951,
/// 3.2.5).
struct Meaning {
    u16 base;
    u8 extra;
};
constexpr std::array<Meaning, 29> lengths = {{
    {3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1},  {13, 1},
    {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3},  {59, 3},
    {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0},
}};
constexpr std::array<Meaning, max_distances> distances = {{
    {1, 0},     {2, 0},     {3, 0},     {4, 0},      {5, 1},      {7, 1},
    {9, 2},     {13, 2},    {17, 3},    {25, 3},     {33, 4},     {49, 4},
    {65, 5},    {97, 5},    {129, 6},   {193, 6},    {257, 7},    {385, 7},
    {513, 8},   {769, 8},   {1025, 9},  {1537, 9},   {2049, 10},  {3073, 10},
    {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13},
}};

/// The order in which the lengths of the code for code lengths are written (RFC 1951, 3.2.7).
constexpr std::array<u8, 19> length_order = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                             11, 4,  12, 3, 13, 2, 14, 1, 15};

}  // namespace

Unpacked Inflater::run(std::span<const std::byte> in, ByteSink& out) {
    begin(in);
    return step(out, ~usize{0});
}

void Inflater::begin(std::span<const std::byte> in) {
    reader_ = BitReader(in);
    phase_ = Phase::header;
    is_last_ = false;
    filled_ = window_bytes;
    flushed_ = 0;
}

Unpacked Inflater::step(ByteSink& out, usize budget) {
    out_ = &out;
    budget_ = budget;
    const Unpacked end = run_blocks();
    // Behind the input's end come zeros, and whatever they led to is no news.
    if (reader_.overran()) {
        return Unpacked::truncated;
    }
    return end == Unpacked::done && !write_rest() ? Unpacked::stopped : end;
}

Unpacked Inflater::run_blocks() {
    do {
        const Unpacked end = run_phase();
        if (end != Unpacked::done) {
            return end;
        }
    } while (phase_ != Phase::header || !is_last_);
    return Unpacked::done;
}

/// A block's beginning, or the rest of it.
Unpacked Inflater::run_phase() {
    if (phase_ == Phase::header) {
        return begin_block();
    }
    const Unpacked end = phase_ == Phase::stored ? stored_block() : coded_block();
    phase_ = end == Unpacked::done ? Phase::header : phase_;
    return end;
}

Unpacked Inflater::begin_block() {
    reader_.refill();
    is_last_ = reader_.take(1) != 0;
    phase_ = Phase::coded;
    switch (reader_.take(2)) {
        case 0:
            return begin_stored();
        case 1:
            fixed_codes();
            return Unpacked::done;
        case 2:
            return read_codes();
        default:
            return Unpacked::bad_block_type;
    }
}

Unpacked Inflater::begin_stored() {
    reader_.align();
    reader_.refill();
    phase_ = Phase::stored;
    const u32 size = reader_.take(16);
    if (reader_.take(16) != (size ^ 0xffff)) {
        return Unpacked::bad_stored_size;
    }
    stored_ = size;
    return Unpacked::done;
}

Unpacked Inflater::stored_block() {
    while (stored_ != 0) {
        if (budget_ == 0) {
            return Unpacked::more;
        }
        const usize room = std::min(2 * window_bytes - filled_, budget_);
        const std::span<const std::byte> bytes = reader_.take_bytes(std::min(stored_, room));
        if (bytes.empty()) {
            return Unpacked::truncated;
        }
        std::memcpy(&buffer_[filled_], bytes.data(), bytes.size());
        filled_ += bytes.size();
        stored_ -= bytes.size();
        budget_ -= bytes.size();
        if (filled_ == 2 * window_bytes) {
            if (!flush(filled_)) {
                return Unpacked::stopped;
            }
            filled_ -= window_bytes;
        }
    }
    return Unpacked::done;
}

void Inflater::fixed_codes() {
    std::array<u8, HuffmanCode::max_symbols> bits;
    for (usize i = 0; i < bits.size(); ++i) {
        bits[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    literals_.build(bits, false);
    bits.fill(5);
    distances_.build(std::span(bits).first(32), false);
}

Unpacked Inflater::read_codes() {
    const usize literals = reader_.take(5) + 257;
    const usize others = reader_.take(5) + 1;
    const usize written = reader_.take(4) + 4;
    if (literals > max_literals || others > max_distances) {
        return Unpacked::bad_code;
    }
    std::array<u8, length_order.size()> order{};
    for (usize i = 0; i < written; ++i) {
        reader_.refill();
        order[length_order[i]] = static_cast<u8>(reader_.take(3));
    }
    // The code for the lengths is needed only here: it borrows the place of the distances'.
    std::array<u8, max_literals + max_distances> bits;
    const std::span<u8> all = std::span(bits).first(literals + others);
    if (!distances_.build(order, false) || !read_lengths(all) || all[end_of_block] == 0 ||
        !literals_.build(all.first(literals), true) ||
        !distances_.build(all.subspan(literals), true)) {
        return Unpacked::bad_code;
    }
    return Unpacked::done;
}

/// RFC 1951, 3.2.7: symbols 0 to 15 are lengths, 16 repeats the last one, 17 and 18 are zeros.
bool Inflater::read_lengths(std::span<u8> out) {
    for (usize at = 0; at < out.size();) {
        reader_.refill();
        const u32 symbol = distances_.decode(reader_);
        if (symbol < 16) {
            out[at++] = static_cast<u8>(symbol);
            continue;
        }
        if (symbol > 18 || (symbol == 16 && at == 0)) {
            return false;
        }
        const u8 value = symbol == 16 ? out[at - 1] : u8{0};
        const usize count = symbol == 16   ? reader_.take(2) + 3
                            : symbol == 17 ? reader_.take(3) + 3
                                           : reader_.take(7) + 11;
        if (count > out.size() - at) {
            return false;
        }
        for (usize i = 0; i < count; ++i) {
            out[at++] = value;
        }
    }
    return true;
}

/// A length symbol's length with its distance, which is 0 when one of the two has no meaning.
Inflater::Match Inflater::read_match(BitReader& in, u32 symbol) const {
    const u32 index = symbol - end_of_block - 1;
    if (index >= lengths.size()) {
        return {};
    }
    Match match;
    match.length = lengths[index].base + in.take(lengths[index].extra);
    in.refill();
    const u32 distance = distances_.decode(in);
    if (distance >= distances.size()) {
        return {};
    }
    match.distance = distances[distance].base + in.take(distances[distance].extra);
    return match;
}

/// Works on copies of the members that change: as far as the compiler knows every byte stored could
/// be one of theirs, and they would be loaded again each time.
Unpacked Inflater::coded_block() {
    BitReader in = reader_;
    usize filled = filled_;
    usize begun = filled;
    usize stop = begun + std::min(2 * window_bytes - begun, budget_);
    Unpacked end = Unpacked::truncated;  // zeros behind the input could go on for ever
    while (!in.overran()) {
        in.refill();
        const u32 symbol = literals_.decode(in);
        if (symbol < end_of_block) {
            buffer_[filled++] = static_cast<std::byte>(symbol);
        } else if (symbol == end_of_block) {
            end = Unpacked::done;
            break;
        } else {
            const Match match = read_match(in, symbol);
            if (match.distance == 0 || match.distance > flushed_ + (filled - window_bytes)) {
                end = match.distance == 0 ? Unpacked::bad_symbol : Unpacked::bad_distance;
                break;
            }
            copy_match(match, filled);
            filled += match.length;
        }
        if (filled >= stop) {
            budget_ -= std::min(filled - begun, budget_);
            if (filled >= 2 * window_bytes) {
                if (!flush(filled)) {
                    end = Unpacked::stopped;
                    break;
                }
                filled -= window_bytes;
            }
            if (budget_ == 0) {
                end = Unpacked::more;
                break;
            }
            begun = filled;
            stop = begun + std::min(2 * window_bytes - begun, budget_);
        }
    }
    budget_ -= end == Unpacked::done ? std::min(filled - begun, budget_) : 0;
    reader_ = in;
    filled_ = filled;
    return end;
}

/// Byte by byte: a copy may reach into what it has just written.
void Inflater::copy_match(Match match, usize filled) {
    const std::byte* from = &buffer_[filled - match.distance];
    std::byte* to = std::span(buffer_).subspan(filled, match.length).data();
    usize left = match.length;
    for (; left >= 4; left -= 4, to += 4, from += 4) {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
        to[3] = from[3];
    }
    for (; left != 0; --left) {
        *to++ = *from++;
    }
}

/// Gives the full window to the sink; it becomes the one that copies may go back to, and what a
/// copy left behind it begins the next.
bool Inflater::flush(usize filled) {
    const std::span<const std::byte> full = std::span(buffer_).subspan(window_bytes);
    const bool more = out_->write(full.first(window_bytes));
    std::memcpy(buffer_.data(), full.data(), window_bytes);
    std::memcpy(&buffer_[window_bytes], &full[window_bytes], filled - 2 * window_bytes);
    flushed_ += window_bytes;
    return more;
}

bool Inflater::write_rest() {
    const usize count = filled_ - window_bytes;
    return count == 0 || out_->write(std::span(buffer_).subspan(window_bytes, count));
}

}  // namespace isthmus::dom0less
