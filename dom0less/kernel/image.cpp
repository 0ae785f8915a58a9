// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/image.hpp"

#include "isthmus/bits.hpp"

namespace isthmus::dom0less {
namespace {

// The header's fields, all little-endian: byte offsets.
constexpr usize text_offset_at = 8;
constexpr usize image_size_at = 16;
constexpr usize flags_at = 24;
constexpr usize magic_at = 56;

constexpr u64 old_text_offset = 0x8'0000;
constexpr u64 base_alignment = 2 * MiB;

using BigEndian = BitField<0>;
using PageSizeField = BitField<1, 2>;
using PlacedAnywhere = BitField<3>;

/// 0 when the head is shorter.
u64 little_endian(std::span<const std::byte> head, usize at, usize bytes) {
    u64 value = 0;
    if (head.size() < at + bytes) {
        return 0;
    }
    for (usize i = bytes; i > 0; --i) {
        value = value << 8 | static_cast<u64>(head[at + i - 1]);
    }
    return value;
}

}  // namespace

KernelHeader read_kernel_header(std::span<const std::byte> head) {
    return {
        .text_offset = little_endian(head, text_offset_at, 8),
        .image_size = little_endian(head, image_size_at, 8),
        .flags = little_endian(head, flags_at, 8),
        .magic = static_cast<u32>(little_endian(head, magic_at, 4)),
    };
}

Result<KernelImage> probe_kernel(std::span<const std::byte> head, u64 size) {
    const KernelHeader header = read_kernel_header(head);
    if (head.size() < kernel_header_bytes || size < kernel_header_bytes ||
        header.magic != kernel_magic) {
        return fail(Error::invalid_argument);
    }
    if (BigEndian::get(header.flags) != 0) {
        return fail(Error::unsupported);
    }
    KernelImage image;
    image.text_offset = header.text_offset;
    image.image_size = header.image_size;
    image.placed_anywhere = PlacedAnywhere::get(header.flags) != 0;
    image.page_size = static_cast<KernelImage::PageSize>(PageSizeField::get(header.flags));
    if (image.image_size == 0) {
        image.text_offset = old_text_offset;
        image.image_size = size;
    }
    if (!GuestRange::from(GuestAddress(image.text_offset), image.image_size)) {
        return fail(Error::out_of_range);
    }
    return image;
}

Result<KernelPlacement> place_kernel(const DomainPlan& domain, const KernelImage& image, u64 size) {
    // As low as possible suits both kinds of kernel: the window starts with the domain's RAM.
    const GuestRange window = domain.kernel_window;
    const u64 base = align_up(window.start().raw(), base_alignment);
    const u64 lead = base - window.start().raw();
    const u64 room = window.size() > lead ? window.size() - lead : 0;
    if (image.text_offset > room || image.image_size > room - image.text_offset) {
        return fail(Error::out_of_range);
    }
    KernelPlacement placement;
    placement.load = GuestAddress(base + image.text_offset);
    placement.entry = placement.load;
    // `reg` may be larger than the kernel, and the kernel larger than its file.
    placement.copy_bytes = size < image.image_size ? size : image.image_size;
    placement.occupied = *GuestRange::from(placement.load, image.image_size);
    return placement;
}

}  // namespace isthmus::dom0less
