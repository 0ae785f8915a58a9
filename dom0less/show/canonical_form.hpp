// SPDX-License-Identifier: Apache-2.0
// How a plan's values become the bytes that its digest is of. Internal to the room.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string_view>

#include "dom0less/plan/sha256.hpp"
#include "fdt/tree.hpp"
#include "isthmus/fields.hpp"
#include "isthmus/range.hpp"

namespace isthmus::dom0less {

/// Every number is eight bytes, most significant first; every list and text has its length first;
/// a struct is its fields that count. So no two plans have one form.
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
    void put(Address<Space> address) {
        put(address.raw());
    }
    template <class Space>
    void put(Range<Space> range) {
        put(range.start());
        put(range.end());
    }
    /// nullptr is a tree without nodes, which no blob holds.
    void put(const fdt::Tree* tree);
    template <class T>
    void put(const std::optional<T>& value) {
        put(u64{value.has_value()});
        if (value) {
            put(*value);
        }
    }
    template <class T>
    void put(std::span<const T> list) {
        put(u64{list.size()});
        for (const T& item : list) {
            put(item);
        }
    }
    template <HasFields T>
    void put(const T& value) {
        for_each_field<T>([&](const auto& each) { put_field(each, value); });
    }
    template <class T>
        requires std::is_enum_v<T>
    void put(T enumerator) {
        put(static_cast<std::underlying_type_t<T>>(enumerator));
    }
    template <std::integral T>
    void put(T number) {
        static_assert(std::is_unsigned_v<T> || std::is_same_v<T, char>, "its sign has no form");
        put(u64{static_cast<std::make_unsigned_t<T>>(number)});
    }
    void put(bool is_true) { put(u64{is_true}); }

    Digest finish() { return hash_.finish(); }

  private:
    template <class Field, class T>
    void put_field(const Field& field, const T& value) {
        if constexpr (Field::is_filtered) {
            u64 count = 0;
            for (const auto& item : field.of(value)) {
                count += u64{field.item_counts(item)};
            }
            put(count);
            for (const auto& item : field.of(value)) {
                if (field.item_counts(item)) {
                    put(item);
                }
            }
        } else if constexpr (Field::counts) {
            put(field.of(value));
        }
    }

    Sha256 hash_;
};

}  // namespace isthmus::dom0less
