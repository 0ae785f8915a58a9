// SPDX-License-Identifier: Apache-2.0
#include "fdt/words.hpp"

#include <charconv>

namespace isthmus::fdt {

std::string_view before(std::string_view text, char separator) {
    const usize position = text.find(separator);
    return {text.data(), position == std::string_view::npos ? text.size() : position};
}

std::string_view after(std::string_view text, char separator) {
    const usize position = text.find(separator);
    if (position == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(position + 1);
    return text;
}

std::optional<std::string_view> next_part(std::string_view& rest, char separator) {
    while (!rest.empty() && rest.front() == separator) {
        rest.remove_prefix(1);
    }
    if (rest.empty()) {
        return std::nullopt;
    }
    const std::string_view part = before(rest, separator);
    rest.remove_prefix(part.size());
    return part;
}

std::optional<u64> parse_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    u64 value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
    if (text.empty() || error != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return value;
}

bool is_printable(std::string_view text) {
    for (const char c : text) {
        if (c < ' ' || c > '~') {
            return false;
        }
    }
    return true;
}

std::string_view printable(std::string_view text) {
    return is_printable(text) ? text : "(unprintable text)";
}

}  // namespace isthmus::fdt
