// SPDX-License-Identifier: Apache-2.0
// uImage, U-Boot's legacy image format: a header of 64 bytes, and what it wraps. As on Xen a kernel
// may come in one, and the header's addresses are the guest's. Facts: U-Boot, include/image.h,
// struct legacy_img_hdr.
#pragma once

#include <expected>
#include <span>
#include <string_view>

#include "dom0less/kernel/gzip/crc32.hpp"

namespace isthmus::dom0less {

inline constexpr usize uimage_header_bytes = 64;
inline constexpr u32 uimage_magic = 0x2705'1956;

/// What can be wrong with one, in the order in which it is looked at.
enum class UImageFault : u8 {
    short_header,
    header_checksum,
    architecture,   ///< not for a CPU of this kind
    arm32,          ///< for 32-bit Arm, which starts elsewhere
    compression,    ///< neither none nor gzip
    entry_alone,    ///< an entry point, but no load address that it would belong to
    empty,          ///< it wraps nothing
    data_size,      ///< it wraps more than the module holds
    data_checksum,  ///< told by verify_data alone
};

/// In words that go behind "a uImage".
std::string_view to_text(UImageFault fault);

struct UImage {
    u32 load = 0;   ///< guest address of the data; 0: whoever loads it chooses
    u32 entry = 0;  ///< guest address of the first instruction; 0: where it is loaded
    bool is_gzip = false;
    u32 checksum = 0;                 ///< of `data`
    std::span<const std::byte> data;  ///< what is wrapped, compressed or not
};

/// The module begins with the magic number.
bool is_uimage(std::span<const std::byte> module);

/// Reads a module for which is_uimage holds. The data are not looked at, and what follows them in
/// the module is none of theirs. Type and operating system may be any, as on Xen.
std::expected<UImage, UImageFault> open_uimage(std::span<const std::byte> module);

/// The checksum of the data is that of the header. `crc` is used for it.
bool verify_data(const UImage& image, Crc32& crc);

}  // namespace isthmus::dom0less
