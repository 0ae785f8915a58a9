// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree_edit.hpp"

#include <libfdt.h>

#include "fdt/blob.hpp"

namespace isthmus::fdt {
namespace {

std::unexpected<Error> fail_as(int error) {
    return fail(error == -FDT_ERR_NOSPACE ? Error::out_of_memory : Error::invalid_argument);
}

/// Where libfdt sees node number `index`; it counts bytes, which move with every edit.
Result<int> node_offset(const void* tree, usize index) {
    int offset = 0;
    for (usize i = 0; i < index && offset >= 0; ++i) {
        offset = fdt_next_node(tree, offset, nullptr);
    }
    if (offset < 0) {
        return fail(Error::not_found);
    }
    return offset;
}

}  // namespace

Result<std::span<const std::byte>> edit_properties(std::span<const std::byte> blob,
                                                   std::span<const PropertyEdit> edits,
                                                   std::span<std::byte> buffer) {
    const usize size = buffer.size() < most_blob_bytes ? buffer.size() : most_blob_bytes;
    void* tree = buffer.data();
    if (const int error = fdt_open_into(blob.data(), tree, static_cast<int>(size)); error != 0) {
        return fail_as(error);
    }
    for (const PropertyEdit& edit : edits) {
        const int node = ISTHMUS_TRY(node_offset(tree, edit.node));
        const int error = edit.value.size() > most_blob_bytes
                              ? -FDT_ERR_NOSPACE
                              : fdt_setprop(tree, node, edit.name, edit.value.data(),
                                            static_cast<int>(edit.value.size()));
        if (error != 0) {
            return fail_as(error);
        }
    }
    if (const int error = fdt_pack(tree); error != 0) {
        return fail_as(error);
    }
    return buffer.first(fdt_totalsize(tree));
}

}  // namespace isthmus::fdt
