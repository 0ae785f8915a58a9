// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/gzip/gunzip.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/collecting_sink.hpp"
#include "tests/unit/support/deflate_writer.hpp"

namespace isthmus::dom0less {
namespace {

using test::append;
using test::Bytes;
using test::bytes_of;
using test::CollectingSink;

struct Outcome {
    Unpacked end = Unpacked::done;
    std::string text;
    usize consumed = 0;
};

Outcome gunzip(const Bytes& in, usize limit = ~usize{0}) {
    const auto reader = std::make_unique<Gunzip>();
    CollectingSink sink(limit);
    const Unpacked end = reader->run(in, sink);
    EXPECT_LE(reader->consumed(), in.size());
    return {end, std::string(sink.text()), reader->consumed()};
}

/// As `gzip -n9` wrote "hello hello hello hello\n".
const Bytes hello =
    bytes_of({"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57"
              "\xc8\x40\x27\xb9\x00\x00\x88\x59\x0b\x18\x00\x00\x00",
              29});

TEST(Crc32, TheUsualValues) {
    Crc32 crc;
    EXPECT_EQ(crc.result(), 0u);
    crc.add(bytes_of("123456789"));
    EXPECT_EQ(crc.result(), 0xcbf43926u);
    crc.restart();
    crc.add(bytes_of("12345"));
    crc.add(bytes_of("6789"));
    EXPECT_EQ(crc.result(), 0xcbf43926u);
}

TEST(Gunzip, AMemberAndWhateverFollows) {
    const Bytes member = test::gzip_stored(bytes_of("some text"));
    const Outcome alone = gunzip(member);
    EXPECT_EQ(alone.end, Unpacked::done);
    EXPECT_EQ(alone.text, "some text");
    EXPECT_EQ(alone.consumed, member.size());
    for (const std::string_view more :
         {std::string_view("\0\0\0\0", 4), std::string_view("\x1f\x8b\x08 another?"),
          std::string_view("\xff")}) {
        Bytes longer = member;
        for (const std::byte byte : bytes_of(more)) {
            longer.push_back(byte);
        }
        const Outcome got = gunzip(longer);
        EXPECT_EQ(got.end, Unpacked::done);
        EXPECT_EQ(got.text, "some text");
        EXPECT_EQ(got.consumed, member.size());
    }
}

/// A member with these flags and this between the fixed header and the stream.
Bytes with_fields(u8 flags, const Bytes& fields) {
    Bytes member = test::gzip_stored(bytes_of("x"));
    member[3] = std::byte{flags};
    member.insert(member.begin() + 10, fields.begin(), fields.end());
    return member;
}

TEST(Gunzip, OptionalFields) {
    const Bytes extra = bytes_of({"\3\0abc", 5});
    const Bytes name = bytes_of({"Image\0", 6});
    const Bytes comment = bytes_of({"\0", 1});
    Bytes all = extra;
    all.insert(all.end(), name.begin(), name.end());
    all.insert(all.end(), comment.begin(), comment.end());
    EXPECT_EQ(gunzip(with_fields(1, {})).text, "x");
    EXPECT_EQ(gunzip(with_fields(4, extra)).text, "x");
    EXPECT_EQ(gunzip(with_fields(8, name)).text, "x");
    EXPECT_EQ(gunzip(with_fields(16, comment)).text, "x");
    Bytes member = with_fields(4 + 8 + 16, all);
    EXPECT_EQ(gunzip(member).end, Unpacked::done);
    // FHCRC: over the header so far.
    member[3] |= std::byte{2};
    Crc32 crc;
    const usize header = 10 + all.size();
    crc.add(std::span(member).first(header));
    Bytes sum;
    append(sum, crc.result(), 2);
    member.insert(member.begin() + static_cast<long>(header), sum.begin(), sum.end());
    EXPECT_EQ(gunzip(member).end, Unpacked::done);
    member[header] ^= std::byte{1};
    EXPECT_EQ(gunzip(member).end, Unpacked::bad_checksum);
}

TEST(Gunzip, HeadersThatAreNone) {
    Bytes member = test::gzip_stored(bytes_of("x"));
    for (const usize at : {usize{0}, usize{1}, usize{2}}) {
        Bytes wrong = member;
        wrong[at] ^= std::byte{4};
        EXPECT_EQ(gunzip(wrong).end, Unpacked::bad_header);
    }
    for (const u8 flag : {u8{0x20}, u8{0x40}, u8{0x80}}) {
        EXPECT_EQ(gunzip(with_fields(flag, {})).end, Unpacked::bad_header);
    }
    EXPECT_FALSE(is_gzip(bytes_of("\x1f")));
    EXPECT_FALSE(is_gzip(bytes_of("MZ")));
    EXPECT_TRUE(is_gzip(member));
}

TEST(Gunzip, CutOffAnywhere) {
    std::vector<Bytes> members = {hello, with_fields(2 + 4, bytes_of({"\2\0ab..", 6})),
                                  with_fields(8, bytes_of({"name\0", 5}))};
    ASSERT_EQ(gunzip(hello).end, Unpacked::done);
    ASSERT_EQ(gunzip(hello).text, "hello hello hello hello\n");
    for (const Bytes& member : members) {
        for (usize size = 0; size < member.size(); ++size) {
            const Bytes part(member.begin(), member.begin() + static_cast<long>(size));
            const Unpacked end = gunzip(part).end;
            EXPECT_TRUE(end == Unpacked::truncated || end == Unpacked::bad_checksum) << size;
        }
    }
    for (usize size = 0; size < hello.size(); ++size) {
        const Bytes part(hello.begin(), hello.begin() + static_cast<long>(size));
        EXPECT_EQ(gunzip(part).end, Unpacked::truncated) << size;
    }
}

TEST(Gunzip, TheTrailerIsHeldToTheContent) {
    Bytes member = test::gzip_stored(bytes_of("some text"));
    member[member.size() - 1] ^= std::byte{0x80};
    EXPECT_EQ(gunzip(member).end, Unpacked::bad_size);
    EXPECT_EQ(gunzip(member).text, "some text");
    member[member.size() - 5] ^= std::byte{1};
    EXPECT_EQ(gunzip(member).end, Unpacked::bad_checksum);
    EXPECT_EQ(gunzip(member).consumed, member.size() - 8);
    Bytes changed = test::gzip_stored(bytes_of("some text"));
    changed[changed.size() - 9] ^= std::byte{1};
    EXPECT_EQ(gunzip(changed).end, Unpacked::bad_checksum);
}

TEST(Gunzip, StoppedBeforeTheTrailer) {
    EXPECT_EQ(gunzip(test::gzip_stored(bytes_of("some text")), 3).end, Unpacked::stopped);
}

TEST(Gunzip, EveryEndHasItsWords) {
    std::vector<std::string_view> texts;
    for (u8 end = static_cast<u8>(Unpacked::truncated); end <= static_cast<u8>(Unpacked::bad_size);
         ++end) {
        const std::string_view text = to_text(static_cast<Unpacked>(end));
        EXPECT_FALSE(text.empty());
        for (const std::string_view other : texts) {
            EXPECT_NE(text, other);
        }
        texts.push_back(text);
    }
}

}  // namespace
}  // namespace isthmus::dom0less
