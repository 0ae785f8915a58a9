// SPDX-License-Identifier: Apache-2.0
// A kernel's module, unwrapped: an arm64 Image, or a uImage around one or around anything else that
// runs from its load address on; either may be compressed by gzip.
#pragma once

#include "dom0less/kernel/image.hpp"
#include "dom0less/kernel/uimage.hpp"

namespace isthmus::dom0less {

struct KernelFile {
    std::span<const std::byte> content;  ///< without a wrapper; compressed or not
    u64 size = 0;                        ///< of it: more than is seen when a file ends early
    bool is_gzip = false;
    std::optional<UImage> wrapper;
};

/// `module`: what there is of the module's `size` bytes. Errors: those of open_uimage.
std::expected<KernelFile, UImageFault> open_kernel(std::span<const std::byte> module, u64 size);

/// As probe_kernel for content that begins with `head` and has `size` bytes when it is
/// decompressed. In a uImage it need be no Image, but is no ELF file; what is none is as large as
/// it is. A load address there stands before the Image's text_offset.
Result<KernelImage> probe_content(const KernelFile& file, std::span<const std::byte> head,
                                  u64 size);

}  // namespace isthmus::dom0less
