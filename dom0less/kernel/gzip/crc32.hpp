// SPDX-License-Identifier: Apache-2.0
// The CRC that gzip uses (RFC 1952, 8), four bytes a step.
#pragma once

#include <array>
#include <span>

#include "isthmus/types.hpp"

namespace isthmus::dom0less {

class Crc32 {
  public:
    /// The tables are made here, 4 KiB, so that the image need not hold them.
    constexpr Crc32() {
        for (u32 byte = 0; byte < 256; ++byte) {
            u32 crc = byte;
            for (unsigned bit = 0; bit < 8; ++bit) {
                crc = crc >> 1 ^ (crc % 2 != 0 ? polynomial : 0);
            }
            tables_[0][byte] = crc;
        }
        for (u32 byte = 0; byte < 256; ++byte) {
            for (usize table = 1; table < tables_.size(); ++table) {
                const u32 before = tables_[table - 1][byte];
                tables_[table][byte] = before >> 8 ^ tables_[0][before % 256];
            }
        }
    }

    constexpr void restart() { state_ = ~u32{0}; }
    constexpr void add(std::span<const std::byte> bytes) {
        u32 crc = state_;
        while (bytes.size() >= 4) {
            crc ^=
                byte(bytes[0]) | byte(bytes[1]) << 8 | byte(bytes[2]) << 16 | byte(bytes[3]) << 24;
            crc = tables_[3][crc & 0xff] ^ tables_[2][crc >> 8 & 0xff] ^
                  tables_[1][crc >> 16 & 0xff] ^ tables_[0][crc >> 24];
            bytes = bytes.subspan(4);
        }
        for (const std::byte last : bytes) {
            crc = crc >> 8 ^ tables_[0][(crc ^ byte(last)) & 0xff];
        }
        state_ = crc;
    }
    constexpr u32 result() const { return ~state_; }

  private:
    static constexpr u32 polynomial = 0xedb8'8320;

    static constexpr u32 byte(std::byte value) { return std::to_integer<u32>(value); }

    std::array<std::array<u32, 256>, 4> tables_{};
    u32 state_ = ~u32{0};
};

}  // namespace isthmus::dom0less
