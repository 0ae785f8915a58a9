// SPDX-License-Identifier: Apache-2.0
// Each kind of block, and each kind of mistake. The expected bits are written by hand from RFC
// 1951; tests/property/dom0less_gunzip.cpp has zlib's.
#include "dom0less/kernel/gzip/inflate.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/collecting_sink.hpp"
#include "tests/unit/support/deflate_writer.hpp"

namespace isthmus::dom0less {
namespace {

using test::Bytes;
using test::CollectingSink;
using test::DeflateWriter;

struct Outcome {
    Unpacked end = Unpacked::done;
    std::string text;
    usize consumed = 0;
};

Outcome inflate(const Bytes& stream, usize limit = ~usize{0}) {
    const auto inflater = std::make_unique<Inflater>();
    CollectingSink sink(limit);
    const Unpacked end = inflater->run(stream, sink);
    EXPECT_LE(sink.longest, 32u * 1024);
    return {end, std::string(sink.text()), inflater->consumed()};
}
Outcome inflate(const DeflateWriter& writer) {
    return inflate(writer.bytes());
}
Unpacked end_of(const DeflateWriter& writer) {
    return inflate(writer).end;
}

TEST(Inflate, StoredBlocks) {
    const Outcome got =
        inflate(DeflateWriter().stored(false, "ab").stored(false, "").stored(true, "c"));
    EXPECT_EQ(got.end, Unpacked::done);
    EXPECT_EQ(got.text, "abc");
    EXPECT_EQ(got.consumed, 18u);
    EXPECT_EQ(end_of(DeflateWriter().block(true, 0).align().bits(2, 16).bits(2, 16).raw("ab")),
              Unpacked::bad_stored_size);
}

TEST(Inflate, TheFixedCode) {
    // Length 3 at distance 5, then 258 at distance 1.
    DeflateWriter writer;
    writer.block(true, 1).fixed_text("abc\x90\xff").fixed(257).word(4, 5).bits(0, 1);
    writer.fixed(285).word(0, 5).fixed(256);
    const Outcome got = inflate(writer);
    EXPECT_EQ(got.end, Unpacked::done);
    EXPECT_EQ(got.text,
              "abc\x90\xff"
              "abc" +
                  std::string(258, 'c'));
    EXPECT_EQ(got.consumed, writer.bytes().size());
}

TEST(Inflate, BlocksSeeEachOthersBytes) {
    DeflateWriter writer;
    writer.stored(false, "0123456789").block(true, 1).fixed(264).word(6, 5).bits(1, 2).fixed(256);
    const Outcome got = inflate(writer);
    EXPECT_EQ(got.end, Unpacked::done);
    EXPECT_EQ(got.text,
              "0123456789"
              "0123456789");
}

/// The code for code lengths: 0 has one bit, 1 and 18 have two, so that 1 is "10" and 18 "11"; the
/// literals 'a' and 256 then get one bit each, and so do two distances when `distances` is 2.
DeflateWriter& two_literals(DeflateWriter& writer, u32 distances) {
    writer.dynamic(true, 257, distances, {0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
    writer.word(0b11, 2).bits(97 - 11, 7).word(0b10, 2);                    // 97 zeros, 1
    writer.word(0b11, 2).bits(138 - 11, 7).word(0b11, 2).bits(20 - 11, 7);  // 158 zeros
    return writer.word(0b10, 2);                                            // 1
}

TEST(Inflate, ACodeOfItsOwn) {
    DeflateWriter writer;
    two_literals(writer, 2).word(0b10, 2).word(0b10, 2);
    writer.word(0, 1).word(0, 1).word(0, 1).word(1, 1);
    const Outcome got = inflate(writer);
    EXPECT_EQ(got.end, Unpacked::done);
    EXPECT_EQ(got.text, "aaa");
}

TEST(Inflate, NoDistanceOrASingleOne) {
    DeflateWriter none;
    two_literals(none, 1).word(0, 1).word(0, 1).word(1, 1);
    EXPECT_EQ(inflate(none).text, "a");
    EXPECT_EQ(end_of(none), Unpacked::done);
    DeflateWriter single;
    two_literals(single, 1).word(0b10, 2).word(0, 1).word(1, 1);
    EXPECT_EQ(inflate(single).text, "a");
    EXPECT_EQ(end_of(single), Unpacked::done);
}

TEST(Inflate, RepeatedLengths) {
    // The same code by other words: 0 is "0", 1 "10", 16 (the last one again) "110", 17 (zeros)
    // "111".
    DeflateWriter writer;
    writer.dynamic(true, 257, 1, {3, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}).word(0, 1);
    for (unsigned i = 0; i < 16; ++i) {
        writer.word(0b110, 3).bits(6 - 3, 2);
    }
    writer.word(0b10, 2);
    for (unsigned i = 0; i < 15; ++i) {
        writer.word(0b111, 3).bits(10 - 3, 3);
    }
    writer.word(0b111, 3).bits(8 - 3, 3).word(0b10, 2).word(0, 1);
    writer.word(0, 1).word(0, 1).word(1, 1);
    EXPECT_EQ(inflate(writer).text, "aa");
    EXPECT_EQ(end_of(writer), Unpacked::done);
}

/// 18 (zeros) is "0", 0 is "10", 1 is "11"; the first `zeros` literals get no word.
DeflateWriter& nothing_but_zeros(DeflateWriter& writer, u32 zeros) {
    writer.dynamic(true, 257, 1, {0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
    return writer.word(0, 1).bits(138 - 11, 7).word(0, 1).bits(zeros - 138 - 11, 7);
}

TEST(Inflate, ABlockMustHaveAnEnd) {
    DeflateWriter endless;
    nothing_but_zeros(endless, 257).word(0b10, 2).bits(0, 32);
    EXPECT_EQ(end_of(endless), Unpacked::bad_code);
    DeflateWriter empty;
    nothing_but_zeros(empty, 256).word(0b11, 2).word(0b10, 2).word(0, 1);
    EXPECT_EQ(inflate(empty).text, "");
    EXPECT_EQ(end_of(empty), Unpacked::done);
    DeflateWriter no_word;
    nothing_but_zeros(no_word, 256).word(0b11, 2).word(0b10, 2).word(1, 1).bits(0, 32);
    EXPECT_EQ(end_of(no_word), Unpacked::bad_symbol);
}

TEST(Inflate, CodesThatAreNone) {
    // Too many literals; too many distances; a code for lengths of which no code can be made, one
    // of no word, one with free words.
    EXPECT_EQ(end_of(DeflateWriter().block(true, 2).bits(30, 5).bits(0, 5).bits(0, 40)),
              Unpacked::bad_code);
    EXPECT_EQ(end_of(DeflateWriter().block(true, 2).bits(0, 5).bits(30, 5).bits(0, 40)),
              Unpacked::bad_code);
    EXPECT_EQ(end_of(DeflateWriter().dynamic(true, 257, 1, {1, 1, 1, 1}).bits(0, 32)),
              Unpacked::bad_code);
    EXPECT_EQ(end_of(DeflateWriter().dynamic(true, 257, 1, {0, 0, 0, 0}).bits(0, 32)),
              Unpacked::bad_code);
    EXPECT_EQ(end_of(DeflateWriter().dynamic(true, 257, 1, {0, 0, 0, 2}).bits(0, 32)),
              Unpacked::bad_code);
}

TEST(Inflate, LengthsThatRunTooFar) {
    // 16 and 18 have one bit each. 16 first; then 18 for more than there are.
    EXPECT_EQ(end_of(DeflateWriter().dynamic(true, 257, 1, {1, 0, 1, 0}).word(0, 1).bits(0, 64)),
              Unpacked::bad_code);
    DeflateWriter writer;
    writer.dynamic(true, 257, 1, {1, 0, 1, 0});
    writer.word(1, 1).bits(127, 7).word(1, 1).bits(127, 7).bits(0, 64);
    EXPECT_EQ(end_of(writer), Unpacked::bad_code);
}

TEST(Inflate, SymbolsWithoutAMeaning) {
    EXPECT_EQ(end_of(DeflateWriter().block(true, 3).bits(0, 32)), Unpacked::bad_block_type);
    EXPECT_EQ(end_of(DeflateWriter().block(true, 1).fixed(286).bits(0, 32)), Unpacked::bad_symbol);
    EXPECT_EQ(end_of(DeflateWriter().block(true, 1).fixed(65).fixed(257).word(30, 5).bits(0, 32)),
              Unpacked::bad_symbol);
}

TEST(Inflate, CopiesFromBeforeTheStart) {
    EXPECT_EQ(end_of(DeflateWriter().block(true, 1).fixed(65).fixed(257).word(1, 5).fixed(256).bits(
                  0, 16)),
              Unpacked::bad_distance);
    EXPECT_EQ(end_of(DeflateWriter().block(true, 1).fixed(257).word(0, 5).bits(0, 32)),
              Unpacked::bad_distance);
}

TEST(Inflate, CutOffAnywhere) {
    DeflateWriter writer;
    writer.stored(false, "xyz").block(false, 1).fixed_text("ab").fixed(260).word(2, 5).fixed(256);
    two_literals(writer, 1).word(0, 1).word(0, 1).word(0, 1).word(1, 1);
    const Outcome whole = inflate(writer);
    EXPECT_EQ(whole.end, Unpacked::done);
    EXPECT_EQ(whole.text, "xyzabzabzabaa");
    for (usize size = 0; size < writer.bytes().size(); ++size) {
        const Bytes part(writer.bytes().begin(), writer.bytes().begin() + static_cast<long>(size));
        const Outcome got = inflate(part);
        EXPECT_EQ(got.end, Unpacked::truncated) << size;
        EXPECT_TRUE(whole.text.starts_with(got.text)) << size;
    }
}

TEST(Inflate, ZerosBehindTheEndAreNotReadForEver) {
    // A code in which the word of zeros is a literal.
    DeflateWriter writer;
    two_literals(writer, 1).word(0, 1);
    EXPECT_EQ(end_of(writer), Unpacked::truncated);
}

TEST(Inflate, CopiesOverAWholeWindow) {
    // 32 KiB of stored bytes, then copies from exactly so far back, over the window's end.
    std::string first(32768, '\0');
    for (usize i = 0; i < first.size(); ++i) {
        first[i] = static_cast<char>(i * 131 >> 3);
    }
    DeflateWriter writer;
    writer.stored(false, first.substr(0, 100)).stored(false, first.substr(100));
    writer.block(true, 1);
    constexpr unsigned copies = 200;
    for (unsigned i = 0; i < copies; ++i) {
        writer.fixed(285).word(29, 5).bits(8191, 13);
    }
    writer.fixed(256);
    const Outcome got = inflate(writer);
    EXPECT_EQ(got.end, Unpacked::done);
    const usize size = first.size() + usize{copies} * 258;
    EXPECT_EQ(got.text, (first + first + first).substr(0, size));
}

TEST(Inflate, StopsWhenTheSinkHasEnough) {
    const std::string text(100'000, 'x');
    DeflateWriter stored;
    stored.stored(false, text.substr(0, 50'000)).stored(true, text.substr(0, 50'000));
    EXPECT_EQ(inflate(stored.bytes(), 40'000).end, Unpacked::stopped);
    EXPECT_EQ(inflate(stored.bytes(), 99'999).end, Unpacked::stopped);
    EXPECT_EQ(inflate(stored.bytes(), 100'000).end, Unpacked::done);
    DeflateWriter copied;
    copied.block(true, 1).fixed(65);
    for (unsigned i = 0; i < 400; ++i) {
        copied.fixed(285).word(0, 5);
    }
    copied.fixed(256);
    EXPECT_EQ(inflate(copied.bytes(), 1000).end, Unpacked::stopped);
    EXPECT_EQ(inflate(copied.bytes()).text, std::string(1 + 400 * 258, 'A'));
}

}  // namespace
}  // namespace isthmus::dom0less
