// SPDX-License-Identifier: Apache-2.0
// uImages as mkimage makes them, right or wrong as a test wants them.
#pragma once

#include <span>
#include <vector>

#include "dom0less/kernel/gzip/crc32.hpp"

namespace isthmus::test {

struct UImageFields {
    u32 load = 0;
    u32 entry = 0;
    u8 architecture = 22;  // arm64
    u8 compression = 0;    // none
};

inline u32 crc_of(std::span<const std::byte> bytes) {
    dom0less::Crc32 crc;
    crc.restart();
    crc.add(bytes);
    return crc.result();
}

inline void put_big_endian(std::span<std::byte> bytes, usize at, u32 value) {
    for (usize i = 0; i < 4; ++i) {
        bytes[at + i] = static_cast<std::byte>(value >> (24 - 8 * i));
    }
}

/// Gives a header that was changed its checksum.
inline void seal_uimage(std::span<std::byte> bytes) {
    put_big_endian(bytes, 4, 0);
    put_big_endian(bytes, 4, crc_of(bytes.first(64)));
}

inline std::vector<std::byte> uimage_bytes(const std::vector<std::byte>& data,
                                           const UImageFields& fields = {}) {
    std::vector<std::byte> bytes(64);
    put_big_endian(bytes, 0, 0x27051956);
    put_big_endian(bytes, 12, static_cast<u32>(data.size()));
    put_big_endian(bytes, 16, fields.load);
    put_big_endian(bytes, 20, fields.entry);
    put_big_endian(bytes, 24, crc_of(data));
    bytes[28] = std::byte{5};  // Linux
    bytes[29] = static_cast<std::byte>(fields.architecture);
    bytes[30] = std::byte{2};  // a kernel
    bytes[31] = static_cast<std::byte>(fields.compression);
    bytes[32] = std::byte{'t'};
    seal_uimage(bytes);
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
}

}  // namespace isthmus::test
