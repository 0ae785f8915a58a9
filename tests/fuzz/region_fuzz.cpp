// SPDX-License-Identifier: Apache-2.0
// Any bytes as a guest's tree, for the walk that guests use (include/isthmus_guest). It reads
// nothing outside (ASan watches); of a tree that libfdt accepts it finds the region that libfdt
// finds.
#include <libfdt.h>

#include <cstring>

#include "isthmus_guest/isthmus_region.h"
#include "tests/fuzz/support/boot.hpp"
#include "tests/fuzz/support/tree_mutator.hpp"

namespace {

using isthmus::fuzz::require;

/// Cells of a node's children, as the walk takes them where the node does not say.
unsigned cells(const void* blob, int node, const char* name, unsigned otherwise) {
    int length = 0;
    const void* value = fdt_getprop(blob, node, name, &length);
    return value != nullptr && length == 4 ? isthmus_be32(static_cast<const std::uint8_t*>(value))
                                           : otherwise;
}

/// Offset of the node with this id and a reg that can be; negative: none.
int find(const void* blob, const char* id) {
    int node = -1;
    while ((node = fdt_node_offset_by_compatible(blob, node, "xen,shared-memory-v1")) >= 0) {
        int id_length = 0;
        int reg_length = 0;
        const void* value = fdt_getprop(blob, node, "xen,id", &id_length);
        const int parent = fdt_parent_offset(blob, node);
        const unsigned address = cells(blob, parent, "#address-cells", 2);
        const unsigned size = cells(blob, parent, "#size-cells", 1);
        const bool has_reg = fdt_getprop(blob, node, "reg", &reg_length) != nullptr;
        if (value != nullptr && id_length == static_cast<int>(std::strlen(id)) + 1 &&
            std::memcmp(value, id, static_cast<std::size_t>(id_length)) == 0 && has_reg &&
            address - 1 <= 1 && size - 1 <= 1 &&
            reg_length >= static_cast<int>(4 * (address + size))) {
            return node;
        }
    }
    return node;
}

/// All that a guest asks about a region.
void use(const void* blob, std::size_t size, const isthmus_region& region) {
    char name[80];
    std::uint32_t party = 0;
    isthmus_line line{};
    for (std::uint32_t i = 0; i < 4; ++i) {
        static_cast<void>(isthmus_doorbell_to(&region, i));
        static_cast<void>(isthmus_event_channel_to(&region, i));
        const char* text = isthmus_party_name(&region, i);
        require(text == nullptr || isthmus_find_party(&region, text, &party) == ISTHMUS_OK);
        if (isthmus_line_name(&region, i, "ring", name, sizeof(name)) == ISTHMUS_OK) {
            const int status = isthmus_find_line(blob, size, name, &line);
            require(status != ISTHMUS_OK || line.line < 8);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const isthmus::fuzz::Input input(data, size);
    const void* blob = input.blob().data();
    const std::size_t length = input.blob().size();
    isthmus_region region{};
    const int status = isthmus_find_region(blob, length, "demo", &region);
    if (status == ISTHMUS_OK) {
        require(region.size != 0 && region.size - 1 <= ~region.address);
        use(blob, length, region);
    }
    static_cast<void>(isthmus_find_numbered_region(blob, length, 7, &region));
    if (length >= sizeof(fdt_header) && fdt_check_full(blob, length) == 0 &&
        fdt_version(blob) >= 17) {
        const int theirs = find(blob, "demo");
        require(status != ISTHMUS_BAD_TREE);
        require(theirs >= 0 || status != ISTHMUS_OK);
    }
    return 0;
}

ISTHMUS_FUZZ_TREES();
