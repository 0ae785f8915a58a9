// SPDX-License-Identifier: Apache-2.0
// Finds a static shared region by its id in the guest's device tree. Header-only, and nothing but
// libfdt is needed: a bare-metal program may take it as it is.
//
//     reserved-memory {
//         xen-shmem@50000000 {
//             compatible = "xen,shared-memory-v1";
//             reg = <0x0 0x50000000 0x0 0x10000>;
//             xen,id = "demo";              // or one cell, for a numbered region
//             xen,offset = <0x0 0x0>;
//         };
//     };
#pragma once

#include <libfdt.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace isthmus::guest {

struct SharedRegion {
    std::span<std::byte>
        bytes;                 ///< at its guest address: reachable with the MMU off, or mapped 1:1
    std::uint64_t offset = 0;  ///< where this view starts within the region
};

namespace shared_region_detail {

inline std::uint64_t big_endian(const unsigned char* bytes, int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/// `wanted` is the property's value, without a text's final NUL.
inline std::optional<SharedRegion> find(const void* tree, std::string_view wanted, int length) {
    int node = -1;
    for (;;) {
        node = fdt_node_offset_by_compatible(tree, node, "xen,shared-memory-v1");
        if (node < 0) {
            return std::nullopt;
        }
        int id_length = 0;
        int reg_length = 0;
        int offset_length = 0;
        const auto* id = static_cast<const char*>(fdt_getprop(tree, node, "xen,id", &id_length));
        const auto* reg =
            static_cast<const unsigned char*>(fdt_getprop(tree, node, "reg", &reg_length));
        if (id == nullptr || reg == nullptr || id_length != length || reg_length != 16 ||
            std::string_view(id, wanted.size()) != wanted) {
            continue;
        }
        const auto* offset = static_cast<const unsigned char*>(
            fdt_getprop(tree, node, "xen,offset", &offset_length));
        auto* first = reinterpret_cast<std::byte*>(big_endian(reg, 8));
        return SharedRegion{{first, big_endian(reg + 8, 8)},
                            offset != nullptr && offset_length == 8 ? big_endian(offset, 8) : 0};
    }
}

}  // namespace shared_region_detail

/// Nothing when the tree names no such region.
inline std::optional<SharedRegion> find_shared_region(const void* tree, std::string_view id) {
    return shared_region_detail::find(tree, id, static_cast<int>(id.size()) + 1);
}

/// A region whose id is one 32-bit cell.
inline std::optional<SharedRegion> find_shared_region(const void* tree, std::uint32_t id) {
    const char cell[4] = {static_cast<char>(id >> 24), static_cast<char>(id >> 16),
                          static_cast<char>(id >> 8), static_cast<char>(id)};
    return shared_region_detail::find(tree, {cell, 4}, 4);
}

}  // namespace isthmus::guest
