// SPDX-License-Identifier: Apache-2.0
#include "fdt/property.hpp"

namespace isthmus::fdt {

u32 Property::cell(usize index) const {
    const std::span<const std::byte> bytes = value.subspan(index * 4, 4);
    u32 number = 0;
    for (const std::byte byte : bytes) {
        number = number << 8 | static_cast<u32>(byte);
    }
    return number;
}

u64 Property::cells(usize first, usize count) const {
    u64 number = 0;
    for (usize i = 0; i < count; ++i) {
        number = number << 32 | cell(first + i);
    }
    return number;
}

std::optional<u64> Property::number() const {
    if (value.size() != 4 && value.size() != 8) {
        return std::nullopt;
    }
    return cells(0, cell_count());
}

std::optional<u32> Property::single_cell() const {
    if (value.size() != 4) {
        return std::nullopt;
    }
    return cell(0);
}

std::optional<std::string_view> Property::text() const {
    return text(0);
}

std::optional<std::string_view> Property::text(usize index) const {
    std::string_view rest{reinterpret_cast<const char*>(value.data()), value.size()};
    while (true) {
        const usize end = rest.find('\0');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        if (index == 0) {
            return std::string_view{rest.data(), end};
        }
        --index;
        rest.remove_prefix(end + 1);
    }
}

bool Property::lists(std::string_view wanted) const {
    std::string_view rest{reinterpret_cast<const char*>(value.data()), value.size()};
    while (true) {
        const usize end = rest.find('\0');
        if (end == std::string_view::npos) {
            return false;
        }
        if (std::string_view{rest.data(), end} == wanted) {
            return true;
        }
        rest.remove_prefix(end + 1);
    }
}

}  // namespace isthmus::fdt
