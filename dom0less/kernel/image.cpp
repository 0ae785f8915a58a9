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

/// In the domain's own RAM, and neither ramdisk's, nor tree's, nor the console's.
bool is_free(const DomainPlan& domain, GuestRange range) {
    if (range.overlaps(domain.ramdisk_target) || range.overlaps(domain.tree_target) ||
        range.overlaps(domain.xen.console)) {
        return false;
    }
    GuestAddress next = range.start();
    for (const MappingPlan& mapping : domain.mappings) {
        if (is_private_ram(mapping) && mapping.guest.contains(next)) {
            next = mapping.guest.end();
        }
    }
    return range.end() <= next;
}

/// Where its own words have it.
Result<GuestRange> place_as_asked(const DomainPlan& domain, const KernelImage& image) {
    const auto range = GuestRange::from(*image.load, image.image_size);
    if (!range || !(domain.kernel_window.contains(*range) || is_free(domain, *range))) {
        return fail(Error::out_of_range);
    }
    return *range;
}

Result<GuestRange> place_in_window(const GuestRange& window, const KernelImage& image) {
    // As low as possible suits both kinds of kernel: the window starts with the domain's RAM.
    const u64 base = align_up(window.start().raw(), base_alignment);
    const u64 lead = base - window.start().raw();
    const u64 room = window.size() > lead ? window.size() - lead : 0;
    if (image.text_offset > room || image.image_size > room - image.text_offset) {
        return fail(Error::out_of_range);
    }
    return *GuestRange::from(GuestAddress(base + image.text_offset), image.image_size);
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
    KernelPlacement placement;
    placement.occupied = ISTHMUS_TRY(image.load ? place_as_asked(domain, image)
                                                : place_in_window(domain.kernel_window, image));
    placement.load = placement.occupied.start();
    placement.entry = image.entry.value_or(placement.load);
    if (image.entry && !placement.occupied.contains(placement.entry)) {
        return fail(Error::invalid_argument);
    }
    // `reg` may be larger than the kernel, and the kernel larger than its file.
    placement.copy_bytes = size < image.image_size ? size : image.image_size;
    return placement;
}

}  // namespace isthmus::dom0less
