// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4). Small rather than fast: it hashes plans, a few
// kilobytes once a boot, and modules where the tree asks.
#pragma once

#include <array>
#include <span>

#include "isthmus/text.hpp"
#include "isthmus/types.hpp"

namespace isthmus::dom0less {

class Sha256 {
  public:
    using Digest = std::array<u8, 32>;

    constexpr void add(u8 byte) {
        block_[length_ % block_.size()] = byte;
        ++length_;
        if (length_ % block_.size() == 0) {
            compress();
        }
    }

    constexpr void add(std::span<const std::byte> bytes) {
        for (const std::byte byte : bytes) {
            add(static_cast<u8>(byte));
        }
    }

    /// Ends the message; nothing may be added after it.
    constexpr Digest finish() {
        const u64 bits = length_ * 8;
        add(0x80);
        while (length_ % block_.size() != block_.size() - 8) {
            add(0);
        }
        for (unsigned shift = 64; shift != 0; shift -= 8) {
            add(static_cast<u8>(bits >> (shift - 8)));
        }
        Digest digest{};
        for (usize i = 0; i < digest.size(); ++i) {
            digest[i] = static_cast<u8>(state_[i / 4] >> (24 - 8 * (i % 4)));
        }
        return digest;
    }

  private:
    constexpr void compress();

    /// FIPS 180-4, 5.3.3: the fractions of the square roots of the first eight primes.
    std::array<u32, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<u8, 64> block_{};
    u64 length_ = 0;  ///< bytes added
};

namespace sha256 {

/// FIPS 180-4, 4.2.2: the fractions of the cube roots of the first 64 primes.
inline constexpr std::array<u32, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr u32 rotate_right(u32 word, unsigned bits) {
    return word >> bits | word << (32 - bits);
}

}  // namespace sha256

// FIPS 180-4, 6.2.2, with its names.
constexpr void Sha256::compress() {
    using sha256::rotate_right;
    std::array<u32, 64> w{};
    for (usize t = 0; t < 16; ++t) {
        w[t] = u32{block_[4 * t]} << 24 | u32{block_[4 * t + 1]} << 16 |
               u32{block_[4 * t + 2]} << 8 | u32{block_[4 * t + 3]};
    }
    for (usize t = 16; t < 64; ++t) {
        const u32 s0 = rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3;
        const u32 s1 = rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (usize t = 0; t < 64; ++t) {
        const u32 sum1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        const u32 t1 = h + sum1 + ((e & f) ^ (~e & g)) + sha256::round_constants[t] + w[t];
        const u32 sum0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        const u32 t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    const std::array<u32, 8> mixed = {a, b, c, d, e, f, g, h};
    for (usize i = 0; i < state_.size(); ++i) {
        state_[i] += mixed[i];
    }
}

using Digest = Sha256::Digest;

/// Of the whole message.
constexpr Digest sha256_of(std::span<const std::byte> bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

/// 64 hexadecimal digits, as sha256sum writes them.
TextBuffer<64> digest_text(const Digest& digest);

}  // namespace isthmus::dom0less
