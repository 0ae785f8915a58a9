// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/findings.hpp"

#include <array>

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using namespace std::string_view_literals;

using Bytes = std::span<const std::byte>;

/// What people give for a kernel in place of an Image, told by bytes that stand at a fixed place.
struct KnownFormat {
    usize at;
    std::string_view bytes;
    std::string_view name;
};
constexpr std::array<KnownFormat, 12> known_formats = {{
    {4, "zimg", "an EFI zboot image, which only UEFI firmware can start: unpack the Image in it"},
    {0, "\x28\xb5\x2f\xfd", "compressed by zstd: only gzip is read"},
    {0, "\xfd\x37\x7a\x58\x5a", "compressed by xz: only gzip is read"},
    {0, "\x5d\x00\x00"sv, "compressed by lzma: only gzip is read"},
    {0, "\x02\x21\x4c\x18", "compressed by lz4: only gzip is read"},
    {0, "\x04\x22\x4d\x18", "compressed by lz4: only gzip is read"},
    {0, "\x89LZO", "compressed by lzop: only gzip is read"},
    {0, "BZh", "compressed by bzip2: only gzip is read"},
    {0, "\x27\x05\x19\x56", "a uImage inside gzip data: give the uImage itself"},
    {0, "\xd0\x0d\xfe\xed", "a device tree or a FIT: give the Image that was put in it"},
    {0, "\x7f\x45\x4c\x46", "an ELF file: isthmus make wraps one, or give the Image made of it"},
    {36, "\x18\x28\x6f\x01", "a zImage for 32-bit Arm"},
}};

bool stands_at(Bytes head, usize at, std::string_view bytes) {
    if (head.size() < at + bytes.size()) {
        return false;
    }
    for (usize i = 0; i < bytes.size(); ++i) {
        if (head[at + i] != static_cast<std::byte>(bytes[i])) {
            return false;
        }
    }
    return true;
}

std::string_view known_name(Bytes head) {
    for (const KnownFormat& format : known_formats) {
        if (stands_at(head, format.at, format.bytes)) {
            return format.name;
        }
    }
    return {};
}

/// What is in the way of a kernel that says where it goes.
void report_load_address(const DomainPlan& domain, const KernelImage& image, Findings& findings) {
    const auto wanted = GuestRange::from(*image.load, image.image_size);
    const std::string_view path = domain.kernel.path;
    if (wanted && wanted->overlaps(domain.ramdisk_target)) {
        findings.add(rules::kernel_size, path, {},
                     "a uImage that is loaded to {}, but {} of {} is its ramdisk's", *wanted,
                     domain.ramdisk_target, domain.path);
    } else if (wanted && wanted->overlaps(domain.tree_target)) {
        findings.add(rules::kernel_size, path, {},
                     "a uImage that is loaded to {}, but {} of {} is its tree's", *wanted,
                     domain.tree_target, domain.path);
    } else if (wanted && wanted->overlaps(domain.xen.console)) {
        findings.add(rules::kernel_size, path, {},
                     "a uImage that is loaded to {}, but {} of {} is Xen's console's", *wanted,
                     domain.xen.console, domain.path);
    } else {
        findings.add(rules::kernel_size, path, {},
                     "a uImage of {x} bytes that is loaded to {x}, but that is not in the RAM of "
                     "{}, which begins at {x}",
                     image.image_size, image.load->raw(), domain.path,
                     domain.kernel_window.start().raw());
    }
}

}  // namespace

void report_kernel_format(const DomainPlan& domain, Error error, Bytes head, u64 size,
                          Findings& findings) {
    const std::string_view path = domain.kernel.path;
    const KernelHeader header = read_kernel_header(head);
    if (error == Error::unsupported) {
        findings.add(rules::kernel_format, path, {}, "a big-endian kernel");
    } else if (error == Error::out_of_range) {
        findings.add(rules::kernel_format, path, {},
                     "text_offset {x} and image_size {x} of the Image header wrap around",
                     header.text_offset, header.image_size);
    } else if (const std::string_view name = known_name(head); !name.empty()) {
        findings.add(rules::kernel_format, path, {}, "no arm64 Image, but {}", name);
    } else {
        findings.add(rules::kernel_format, path, {},
                     "no arm64 Image of {} bytes: the magic number at byte 56 is {x}, not {x}",
                     size, header.magic, kernel_magic);
    }
}

void report_kernel_size(const DomainPlan& domain, const KernelImage& image, Findings& findings) {
    if (image.load) {
        report_load_address(domain, image, findings);
        return;
    }
    findings.add(rules::kernel_size, domain.kernel.path, {},
                 "the kernel needs {x} bytes {x} behind a 2 MiB boundary, but {} of {} is free "
                 "for it",
                 image.image_size, image.text_offset, domain.kernel_window, domain.path);
}

void report_uimage(const DomainPlan& domain, UImageFault fault, Findings& findings) {
    findings.add(rules::kernel_uimage, domain.kernel.path, {}, "a uImage {}", to_text(fault));
}

void report_kernel_entry(const DomainPlan& domain, const KernelImage& image, Findings& findings) {
    const auto place = GuestRange::from(image.load.value_or(GuestAddress{}), image.image_size);
    findings.add(rules::kernel_uimage, domain.kernel.path, {},
                 "a uImage that is entered at {x}, outside of what it holds, {}",
                 image.entry.value_or(GuestAddress{}).raw(), place.value_or(GuestRange{}));
}

void report_gzip(const DomainPlan& domain, Unpacked end, u64 position, Findings& findings) {
    findings.add(rules::kernel_gzip, domain.kernel.path, {},
                 "gzip data with {}, before byte {} of the module {}", to_text(end), position,
                 domain.kernel.host);
}

void report_gzip_size(const DomainPlan& domain, u64 limit, Findings& findings) {
    findings.add(rules::kernel_size, domain.kernel.path, {},
                 "gzip data that hold more than {} bytes, which is what {} has free for a kernel",
                 limit, domain.path);
}

}  // namespace isthmus::dom0less
