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
    {0, "\x27\x05\x19\x56", "an image of U-Boot's old kind: give the Image that was put in it"},
    {0, "\xd0\x0d\xfe\xed", "a device tree or a FIT: give the Image that was put in it"},
    {0, "\x7f\x45\x4c\x46", "an ELF file: give the Image made of it"},
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
    findings.add(rules::kernel_size, domain.kernel.path, {},
                 "the kernel needs {x} bytes {x} behind a 2 MiB boundary, but {} of {} is free "
                 "for it",
                 image.image_size, image.text_offset, domain.kernel_window, domain.path);
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
