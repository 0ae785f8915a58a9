// SPDX-License-Identifier: Apache-2.0
#include "steps/places.hpp"

#include "runtime/runtime.hpp"

namespace isthmus::guest::steps {
namespace {

int digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

}  // namespace

u64 parse_number(std::string_view text) {
    u64 base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
    }
    u64 value = 0;
    for (const char c : text) {
        const u64 digit = static_cast<u64>(digit_of(c));
        if (digit >= base) {
            break;
        }
        value = value * base + digit;
    }
    return value;
}

std::optional<SharedRegion> region_of(std::string_view place) {
    if (place.starts_with("#")) {
        place.remove_prefix(1);
        return find_shared_region(tree().blob(), static_cast<std::uint32_t>(parse_number(place)));
    }
    const usize plus = place.find('+');
    place.remove_suffix(plus < place.size() ? place.size() - plus : 0);
    return find_shared_region(tree().blob(), place);
}

std::optional<u64> address_of(std::string_view place) {
    if (place.starts_with("0x")) {
        return parse_number(place);
    }
    const auto region = region_of(place);
    if (!region) {
        return std::nullopt;
    }
    const usize plus = place.find('+');
    place.remove_prefix(plus < place.size() ? plus + 1 : place.size());
    return reinterpret_cast<u64>(region->bytes.data()) + parse_number(place);
}

}  // namespace isthmus::guest::steps
