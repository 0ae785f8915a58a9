// SPDX-License-Identifier: Apache-2.0
// What zlib compresses, with whatever settings, is what Gunzip gives back.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <random>

#include "dom0less/kernel/gzip/gunzip.hpp"
#include "tests/unit/support/collecting_sink.hpp"

namespace isthmus::dom0less {
namespace {

using Bytes = std::vector<std::byte>;

Bytes compress(const Bytes& content, int level, int strategy, int memory) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    RC_ASSERT(deflateInit2(&stream, level, Z_DEFLATED, gzip_window, memory, strategy) == Z_OK);
    Bytes copy = content;
    Bytes out(deflateBound(&stream, content.size()));
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    RC_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

/// Runs of bytes that repeat each other at all distances, as code and data do. From a generator of
/// its own: shrinking tens of thousands of bytes would help nobody.
Bytes content(usize size, unsigned letters) {
    std::mt19937 random(*rc::gen::arbitrary<u32>());
    const auto below = [&random](usize end) { return random() % end; };
    Bytes out;
    while (out.size() < size) {
        const usize run = 1 + below(400);
        const bool copy = !out.empty() && below(3) != 0;
        const usize from = copy ? out.size() - 1 - below(std::min<usize>(out.size(), 33'000)) : 0;
        for (usize i = 0; i < run; ++i) {
            out.push_back(copy ? out[from + i] : static_cast<std::byte>(below(letters)));
        }
    }
    return out;
}

RC_GTEST_PROP(GunzipProperty, GivesBackWhatZlibCompressed, ()) {
    const usize size = *rc::gen::element<usize>(0, 1, 100, 5000, 70'000);
    const Bytes text = content(size, *rc::gen::element(2u, 20u, 256u));
    const int level = *rc::gen::inRange(0, 10);
    const int strategy =
        *rc::gen::element(Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED);
    const Bytes packed = compress(text, level, strategy, *rc::gen::inRange(1, 10));
    const auto gunzip = std::make_unique<Gunzip>();
    test::CollectingSink sink;
    RC_ASSERT(gunzip->run(packed, sink) == Unpacked::done);
    RC_ASSERT(gunzip->consumed() == packed.size());
    RC_ASSERT(sink.taken == text);
}

RC_GTEST_PROP(GunzipProperty, NoticesAnyOneBit, ()) {
    const Bytes text = content(2000, 20);
    Bytes packed = compress(text, 6, Z_DEFAULT_STRATEGY, 8);
    // Not the header's time, flags and system, which say nothing about the content.
    const usize at = *rc::gen::inRange<usize>(10, packed.size());
    packed[at] ^= static_cast<std::byte>(1 << *rc::gen::inRange(0, 8));
    const auto gunzip = std::make_unique<Gunzip>();
    test::CollectingSink sink;
    const Unpacked end = gunzip->run(packed, sink);
    // Bits that fill up the last byte of the stream say nothing either.
    RC_ASSERT(end != Unpacked::done || sink.taken == text);
    if (at >= packed.size() - 8) {
        RC_ASSERT(end == Unpacked::bad_checksum || end == Unpacked::bad_size);
    }
}

}  // namespace
}  // namespace isthmus::dom0less
