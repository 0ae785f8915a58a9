// SPDX-License-Identifier: Apache-2.0
// How a plan's values become the bytes that its digest is of. Internal to the room.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "dom0less/show/sha256.hpp"
#include "isthmus/domain_id.hpp"
#include "isthmus/range.hpp"

namespace isthmus::dom0less {

/// Every number is eight bytes, most significant first; every list and text has its length first.
/// So no two plans have one form.
class CanonicalForm {
  public:
    void put(u64 number) {
        for (unsigned shift = 64; shift != 0; shift -= 8) {
            hash_.add(static_cast<u8>(number >> (shift - 8)));
        }
    }
    void put(std::string_view text) {
        put(u64{text.size()});
        for (const char c : text) {
            hash_.add(static_cast<u8>(c));
        }
    }
    void put(std::span<const std::byte> bytes) {
        put(u64{bytes.size()});
        for (const std::byte each : bytes) {
            hash_.add(static_cast<u8>(each));
        }
    }
    template <class Space>
    void put(Range<Space> range) {
        put(range.start().raw());
        put(range.end().raw());
    }
    void put(DomainId id) { put(u64{static_cast<u16>(id)}); }
    /// Whether it is there, then its parts, which the caller puts.
    template <class T>
    bool put_presence(const std::optional<T>& value) {
        put(u64{value.has_value()});
        return value.has_value();
    }

    Digest finish() { return hash_.finish(); }

  private:
    Sha256 hash_;
};

}  // namespace isthmus::dom0less
