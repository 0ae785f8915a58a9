// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel_image.hpp"

#include "dom0less/rules.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::dom0less {
namespace {

// The header's fields, all little-endian: byte offsets.
constexpr usize text_offset_at = 8;
constexpr usize image_size_at = 16;
constexpr usize flags_at = 24;
constexpr usize magic_at = 56;

constexpr u32 magic = 0x644d'5241;  // "ARM\x64"
constexpr u64 old_text_offset = 0x8'0000;
constexpr u64 base_alignment = 2 * MiB;

using BigEndian = BitField<0>;
using PageSizeField = BitField<1, 2>;
using PlacedAnywhere = BitField<3>;

u64 little_endian(std::span<const std::byte> head, usize at, usize bytes) {
    u64 value = 0;
    for (usize i = bytes; i > 0; --i) {
        value = value << 8 | static_cast<u64>(head[at + i - 1]);
    }
    return value;
}

bool is_gzip(std::span<const std::byte> head) {
    return head.size() >= 2 && head[0] == std::byte{0x1f} && head[1] == std::byte{0x8b};
}

}  // namespace

Result<KernelImage> probe_kernel(std::span<const std::byte> head, u64 module_size) {
    if (is_gzip(head)) {
        return fail(Error::unsupported);
    }
    if (head.size() < kernel_header_bytes || module_size < kernel_header_bytes ||
        little_endian(head, magic_at, 4) != magic) {
        return fail(Error::invalid_argument);
    }
    const u64 flags = little_endian(head, flags_at, 8);
    if (BigEndian::get(flags) != 0) {
        return fail(Error::unsupported);
    }
    KernelImage image;
    image.text_offset = little_endian(head, text_offset_at, 8);
    image.image_size = little_endian(head, image_size_at, 8);
    image.placed_anywhere = PlacedAnywhere::get(flags) != 0;
    image.page_size = static_cast<KernelImage::PageSize>(PageSizeField::get(flags));
    if (image.image_size == 0) {
        image.text_offset = old_text_offset;
        image.image_size = module_size;
    }
    if (!GuestRange::from(GuestAddress(image.text_offset), image.image_size)) {
        return fail(Error::out_of_range);
    }
    return image;
}

Result<KernelPlacement> place_kernel(const DomainPlan& domain, const KernelImage& image,
                                     u64 module_size) {
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
    placement.copy_bytes = module_size < image.image_size ? module_size : image.image_size;
    placement.occupied = *GuestRange::from(placement.load, image.image_size);
    return placement;
}

void report_kernel_format(const DomainPlan& domain, Error error, std::span<const std::byte> head,
                          Findings& findings) {
    const u64 seen = head.size() >= magic_at + 4 ? little_endian(head, magic_at, 4) : 0;
    if (is_gzip(head)) {
        findings.add(rules::kernel_format, domain.kernel.path, {},
                     "a gzip-compressed kernel, which is not supported by this version");
    } else if (error == Error::unsupported) {
        findings.add(rules::kernel_format, domain.kernel.path, {}, "a big-endian kernel");
    } else if (error == Error::out_of_range) {
        findings.add(rules::kernel_format, domain.kernel.path, {},
                     "text_offset {x} and image_size {x} of the Image header wrap around",
                     little_endian(head, text_offset_at, 8), little_endian(head, image_size_at, 8));
    } else {
        findings.add(rules::kernel_format, domain.kernel.path, {},
                     "no arm64 Image of {} bytes: the magic number at byte {} is {x}, not {x}",
                     domain.kernel.host.size(), magic_at, seen, magic);
    }
}

void report_kernel_size(const DomainPlan& domain, const KernelImage& image, Findings& findings) {
    findings.add(rules::kernel_size, domain.kernel.path, {},
                 "the kernel needs {x} bytes {x} behind a 2 MiB boundary, but {} of {} is free "
                 "for it",
                 image.image_size, image.text_offset, domain.kernel_window, domain.path);
}

}  // namespace isthmus::dom0less
