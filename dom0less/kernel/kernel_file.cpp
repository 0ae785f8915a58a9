// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/kernel_file.hpp"

#include "dom0less/kernel/gzip/gunzip.hpp"

namespace isthmus::dom0less {
namespace {

/// Nobody means to execute it, and no instruction has these bytes.
bool is_elf(std::span<const std::byte> head) {
    return head.size() >= 4 && head[0] == std::byte{0x7f} && head[1] == std::byte{'E'} &&
           head[2] == std::byte{'L'} && head[3] == std::byte{'F'};
}

Result<KernelImage> probe_wrapped(std::span<const std::byte> head, u64 size) {
    const auto image = probe_kernel(head, size);
    if (image || image.error() != Error::invalid_argument || is_elf(head) || size == 0) {
        return image;
    }
    KernelImage raw;
    raw.image_size = size;
    return raw;
}

}  // namespace

std::expected<KernelFile, UImageFault> open_kernel(std::span<const std::byte> module, u64 size) {
    if (!is_uimage(module)) {
        return KernelFile{module, size, is_gzip(module), std::nullopt};
    }
    const auto wrapper = open_uimage(module);
    if (!wrapper) {
        return std::unexpected(wrapper.error());
    }
    return KernelFile{wrapper->data, wrapper->data.size(), wrapper->is_gzip, *wrapper};
}

Result<KernelImage> probe_content(const KernelFile& file, std::span<const std::byte> head,
                                  u64 size) {
    if (!file.wrapper) {
        return probe_kernel(head, size);
    }
    KernelImage image = ISTHMUS_TRY(probe_wrapped(head, size));
    if (file.wrapper->load != 0) {
        image.text_offset = 0;
        image.load = GuestAddress(file.wrapper->load);
    }
    if (file.wrapper->entry != 0) {
        image.entry = GuestAddress(file.wrapper->entry);
    }
    return image;
}

}  // namespace isthmus::dom0less
