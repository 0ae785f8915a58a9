// SPDX-License-Identifier: Apache-2.0
#include "runtime/tree.hpp"

#include <libfdt.h>

#include <cstring>
#include <span>

namespace isthmus::guest {
namespace {

/// A property's cells, big endian in the tree. Byte-wise: the tree's alignment is not promised.
struct Cells {
    std::span<const u8> bytes;

    u32 count() const { return static_cast<u32>(bytes.size() / 4); }
    u32 operator[](u32 index) const {
        const usize at = usize{index} * 4;
        return u32{bytes[at]} << 24 | u32{bytes[at + 1]} << 16 | u32{bytes[at + 2]} << 8 |
               u32{bytes[at + 3]};
    }
    u64 number(u32 index, u32 cells) const {
        u64 value = 0;
        for (u32 i = 0; i < cells; ++i) {
            value = value << 32 | (*this)[index + i];
        }
        return value;
    }
};

Cells cells_of(const void* blob, int node, const char* property) {
    int length = 0;
    const void* data = fdt_getprop(blob, node, property, &length);
    if (data == nullptr || length < 0) {
        return {};
    }
    return {{static_cast<const u8*>(data), static_cast<usize>(length)}};
}

u32 cell_or(const void* blob, int node, const char* property, u32 otherwise) {
    const Cells cells = cells_of(blob, node, property);
    return cells.count() != 0 ? cells[0] : otherwise;
}

u64 parse_number(std::string_view text) {
    u64 base = 10;
    usize i = 0;
    if (text.size() > 2 && text[0] == '0' && text[1] == 'x') {
        base = 16;
        i = 2;
    }
    u64 value = 0;
    for (; i < text.size(); ++i) {
        const char c = text[i];
        const bool letter = c >= 'a' && c <= 'f';
        if (!letter && (c < '0' || c > '9')) {
            break;
        }
        value = value * base + static_cast<u64>(letter ? c - 'a' + 10 : c - '0');
    }
    return value;
}

}  // namespace

bool Tree::valid() const {
    return blob_ != nullptr && fdt_check_header(blob_) == 0;
}

u32 Tree::size() const {
    return fdt_totalsize(blob_);
}

std::string_view Tree::text(int node, const char* property) const {
    int length = 0;
    const auto* data = static_cast<const char*>(fdt_getprop(blob_, node, property, &length));
    if (data == nullptr || length <= 0) {
        return {};
    }
    return {data, strnlen(data, static_cast<usize>(length))};
}

std::string_view Tree::bootargs() const {
    return text(fdt_path_offset(blob_, "/chosen"), "bootargs");
}

std::string_view Tree::option(std::string_view name, std::string_view otherwise) const {
    const std::string_view args = bootargs();
    usize start = 0;
    while (start < args.size()) {
        usize end = start;
        while (end < args.size() && args[end] != ' ') {
            ++end;
        }
        const std::string_view word{args.data() + start, end - start};
        if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=') {
            return {word.data() + name.size() + 1, word.size() - name.size() - 1};
        }
        start = end + 1;
    }
    return otherwise;
}

u64 Tree::number_option(std::string_view name, u64 otherwise) const {
    const std::string_view value = option(name);
    return value.empty() ? otherwise : parse_number(value);
}

int Tree::find_compatible(std::string_view compatible) const {
    char name[64]{};
    if (compatible.size() >= sizeof(name)) {
        return -1;
    }
    std::memcpy(name, compatible.data(), compatible.size());
    return fdt_node_offset_by_compatible(blob_, -1, name);
}

std::optional<GuestRange> Tree::reg(int node, u32 index) const {
    const int parent = fdt_parent_offset(blob_, node);
    if (parent < 0) {
        return std::nullopt;
    }
    const u32 address_cells = cell_or(blob_, parent, "#address-cells", 2);
    const u32 size_cells = cell_or(blob_, parent, "#size-cells", 1);
    const Cells cells = cells_of(blob_, node, "reg");
    const u32 entry = address_cells + size_cells;
    if (entry == 0 || cells.count() < entry * (index + 1)) {
        return std::nullopt;
    }
    return GuestRange::from(GuestAddress(cells.number(entry * index, address_cells)),
                            cells.number(entry * index + address_cells, size_cells));
}

std::optional<u32> Tree::interrupt(int node, u32 index) const {
    const Cells cells = cells_of(blob_, node, "interrupts");
    if (cells.count() < 3 * (index + 1)) {
        return std::nullopt;
    }
    const bool shared = cells[3 * index] == 0;
    return cells[3 * index + 1] + (shared ? 32 : 16);
}

std::optional<GuestRange> Tree::memory(u32 index) const {
    int node = -1;
    for (;;) {
        node = fdt_node_offset_by_prop_value(blob_, node, "device_type", "memory", 7);
        if (node < 0) {
            return std::nullopt;
        }
        for (u32 entry = 0; const auto bank = reg(node, entry); ++entry) {
            if (index-- == 0) {
                return bank;
            }
        }
    }
}

std::optional<u64> Tree::cpu(u32 index) const {
    int node = -1;
    for (;;) {
        node = fdt_node_offset_by_prop_value(blob_, node, "device_type", "cpu", 4);
        if (node < 0) {
            return std::nullopt;
        }
        if (index-- == 0) {
            const Cells cells = cells_of(blob_, node, "reg");
            return cells.number(0, cells.count());
        }
    }
}

}  // namespace isthmus::guest
