// SPDX-License-Identifier: Apache-2.0
#include "fdt/blob.hpp"

#include <libfdt.h>

namespace isthmus::fdt {

int check_blob_header(std::span<const std::byte> blob) {
    const void* raw = blob.data();
    if (blob.size() < sizeof(fdt_header)) {
        return -FDT_ERR_TRUNCATED;
    }
    if (const int error = fdt_check_header(raw); error != 0) {
        return error;
    }
    return fdt_totalsize(raw) > blob.size() ? -FDT_ERR_TRUNCATED : 0;
}

bool has_blob_format(std::span<const std::byte> blob) {
    // Of the specification; those before have no size of the structure block.
    constexpr u32 format_version = 17;
    const void* raw = blob.data();
    return fdt_version(raw) >= format_version && fdt_off_dt_struct(raw) % 4 == 0;
}

StructureReader structure_of(std::span<const std::byte> blob) {
    const void* raw = blob.data();
    return {blob.subspan(fdt_off_dt_struct(raw), fdt_size_dt_struct(raw)),
            blob.subspan(fdt_off_dt_strings(raw), fdt_size_dt_strings(raw))};
}

}  // namespace isthmus::fdt
