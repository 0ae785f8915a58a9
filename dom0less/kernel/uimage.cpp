// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/uimage.hpp"

#include <array>

namespace isthmus::dom0less {
namespace {

// The header's fields, big-endian: byte offsets.
constexpr usize uimage_magic_at = 0;
constexpr usize header_checksum_at = 4;
constexpr usize data_size_at = 12;
constexpr usize load_at = 16;
constexpr usize entry_at = 20;
constexpr usize data_checksum_at = 24;
constexpr usize architecture_at = 29;
constexpr usize compression_at = 31;

// Architectures and compressions.
constexpr u8 for_arm = 2;
constexpr u8 for_arm64 = 22;
constexpr u8 by_none = 0;
constexpr u8 by_gzip = 1;

using Bytes = std::span<const std::byte>;

u8 byte_at(Bytes header, usize at) {
    return std::to_integer<u8>(header[at]);
}

u32 word_at(Bytes header, usize at) {
    u32 value = 0;
    for (usize i = 0; i < 4; ++i) {
        value = value << 8 | byte_at(header, at + i);
    }
    return value;
}

/// CRC-32 a bit at a time: a header is short, and the tables of Crc32 are not.
u32 checksum(Bytes bytes) {
    constexpr u32 polynomial = 0xedb8'8320;
    u32 crc = ~u32{0};
    for (const std::byte byte : bytes) {
        crc ^= std::to_integer<u32>(byte);
        for (unsigned bit = 0; bit < 8; ++bit) {
            crc = crc >> 1 ^ (crc % 2 != 0 ? polynomial : 0);
        }
    }
    return ~crc;
}

/// The field of the checksum itself counts as 0.
bool is_header_whole(Bytes header) {
    std::array<std::byte, uimage_header_bytes> bytes{};
    for (usize i = 0; i < bytes.size(); ++i) {
        const bool is_own = i >= header_checksum_at && i < header_checksum_at + 4;
        bytes[i] = is_own ? std::byte{0} : header[i];
    }
    return checksum(bytes) == word_at(header, header_checksum_at);
}

}  // namespace

std::string_view to_text(UImageFault fault) {
    switch (fault) {
        case UImageFault::short_header:
            return "that ends in its header of 64 bytes";
        case UImageFault::header_checksum:
            return "whose header has a wrong checksum";
        case UImageFault::architecture:
            return "for another architecture (mkimage -A arm64)";
        case UImageFault::arm32:
            return "for 32-bit Arm (mkimage -A arm64)";
        case UImageFault::compression:
            return "compressed by what is not read here: only gzip is (mkimage -C gzip)";
        case UImageFault::entry_alone:
            return "with an entry point but without a load address (mkimage -a)";
        case UImageFault::empty:
            return "with nothing in it";
        case UImageFault::data_size:
            return "with more in it than the module holds: its reg or its file is cut short";
        case UImageFault::data_checksum:
            return "whose data have a wrong checksum";
    }
    return "";
}

bool is_uimage(Bytes module) {
    return module.size() >= 4 && word_at(module, uimage_magic_at) == uimage_magic;
}

std::expected<UImage, UImageFault> open_uimage(Bytes module) {
    if (module.size() < uimage_header_bytes) {
        return std::unexpected(UImageFault::short_header);
    }
    const Bytes header = module.first(uimage_header_bytes);
    if (!is_header_whole(header)) {
        return std::unexpected(UImageFault::header_checksum);
    }
    if (const u8 architecture = byte_at(header, architecture_at); architecture != for_arm64) {
        return std::unexpected(architecture == for_arm ? UImageFault::arm32
                                                       : UImageFault::architecture);
    }
    const u8 compression = byte_at(header, compression_at);
    if (compression != by_none && compression != by_gzip) {
        return std::unexpected(UImageFault::compression);
    }
    UImage image;
    image.load = word_at(header, load_at);
    image.entry = word_at(header, entry_at);
    image.is_gzip = compression == by_gzip;
    image.checksum = word_at(header, data_checksum_at);
    if (image.load == 0 && image.entry != 0) {
        return std::unexpected(UImageFault::entry_alone);
    }
    const u32 size = word_at(header, data_size_at);
    if (size == 0) {
        return std::unexpected(UImageFault::empty);
    }
    if (size > module.size() - uimage_header_bytes) {
        return std::unexpected(UImageFault::data_size);
    }
    image.data = module.subspan(uimage_header_bytes, size);
    return image;
}

bool verify_data(const UImage& image, Crc32& crc) {
    crc.restart();
    crc.add(image.data);
    return crc.result() == image.checksum;
}

}  // namespace isthmus::dom0less
