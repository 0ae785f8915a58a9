// SPDX-License-Identifier: Apache-2.0
// Any bytes as a kernel, wrapped or not, in a window of any place and size: what is accepted is
// loaded inside the window, and at most as much is copied as the module holds, or what is in it
// when it is compressed.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "dom0less/kernel/check.hpp"
#include "dom0less/kernel/findings.hpp"
#include "isthmus/finding.hpp"
#include "tests/fuzz/support/boot.hpp"
#include "tests/unit/support/uimage_bytes.hpp"

namespace {

using namespace isthmus;
using fuzz::require;

/// The numbers that are not the head; an input starts with them.
struct Numbers {
    u64 module_size = 0;
    u64 window_start = 0;
    u64 window_size = 0;
};

void check_placement(const dom0less::DomainPlan& domain, const dom0less::KernelImage& image,
                     u64 module_size, Findings& findings) {
    const auto placed = dom0less::place_kernel(domain, image, module_size);
    if (!placed) {
        require(placed.error() == Error::out_of_range);
        dom0less::report_kernel_size(domain, image, findings);
        require(findings.has_errors());
        return;
    }
    require(domain.kernel_window.contains(placed->occupied));
    require(placed->load == placed->entry && placed->occupied.start() == placed->load);
    require((placed->load.raw() - image.text_offset) % (2 * MiB) == 0);
    require(placed->copy_bytes <= module_size && placed->copy_bytes <= placed->occupied.size());
}

/// As at boot: nothing is said about a kernel that loading then finds, and places.
void check_module(const dom0less::DomainPlan& domain, std::span<const std::byte> module,
                  Arena& arena, Findings& findings) {
    dom0less::KernelChecker checker(arena, findings);
    checker.check(domain, module);
    const auto file = dom0less::open_kernel(module, domain.kernel.host.size());
    if (!file) {
        require(findings.has_errors());
        return;
    }
    static const auto gunzip = std::make_unique<dom0less::Gunzip>();
    const auto image = file->is_gzip ? dom0less::probe_compressed(*file, *gunzip)
                                     : dom0less::probe_content(*file, file->content, file->size);
    const auto placed = image ? dom0less::place_kernel(
                                    domain, *image, file->is_gzip ? image->image_size : file->size)
                              : fail(Error::invalid_argument);
    require(findings.has_errors() || placed);
    // Of what is unpacked or unwrapped, checksums may be wrong and the rest right.
    require(!findings.has_errors() || !placed || file->is_gzip || file->wrapper);
    if (placed) {
        require(domain.kernel_window.contains(placed->occupied));
        require(placed->copy_bytes <= placed->occupied.size());
        require(placed->entry == placed->load || placed->occupied.contains(placed->entry));
        require(file->is_gzip || placed->copy_bytes <= file->size);
    }
}

void check(std::span<const std::byte> head, const Numbers& numbers, const GuestRange& window) {
    static std::array<std::byte, 128 * 1024> memory;
    Arena arena(memory);
    Findings findings(arena);
    dom0less::DomainPlan domain;
    domain.path = "/chosen/domU1";
    domain.kernel = {*HostRange::from(HostAddress(0), numbers.module_size), "/chosen/domU1/kernel"};
    domain.kernel_window = window;
    check_module(domain, head.first(std::min<u64>(head.size(), numbers.module_size)), arena,
                 findings);
    const auto image = dom0less::probe_kernel(head, numbers.module_size);
    if (image) {
        require(image->image_size != 0);
        check_placement(domain, *image, numbers.module_size, findings);
    } else {
        dom0less::report_kernel_format(domain, image.error(), head, numbers.module_size, findings);
        require(findings.has_errors());
    }
    fuzz::Discard sink;
    for (const Finding& finding : findings.items()) {
        print_finding(sink, finding);
    }
}

/// No mutation finds a checksum: seven uImages of eight get theirs. Their first byte behind the
/// header's fields, which is the name's, picks.
void give_checksums(std::span<std::byte> module) {
    if (!dom0less::is_uimage(module) || module.size() < dom0less::uimage_header_bytes ||
        std::to_integer<unsigned>(module[32]) % 8 == 0) {
        return;
    }
    std::span<std::byte> data = module.subspan(dom0less::uimage_header_bytes);
    u64 size = 0;
    for (usize at = 12; at < 16; ++at) {
        size = size << 8 | std::to_integer<u64>(module[at]);
    }
    test::put_big_endian(module, 24, test::crc_of(data.first(std::min<u64>(size, data.size()))));
    test::seal_uimage(module);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Numbers numbers;
    if (size < sizeof numbers) {
        return 0;
    }
    std::memcpy(&numbers, data, sizeof numbers);
    const std::size_t length = size - sizeof numbers;
    const auto head = std::make_unique<std::byte[]>(length);
    if (length != 0) {
        std::memcpy(head.get(), data + sizeof numbers, length);
        give_checksums({head.get(), length});
    }
    const auto window = GuestRange::from(GuestAddress(numbers.window_start), numbers.window_size);
    if (window) {
        check({head.get(), length}, numbers, *window);
    }
    return 0;
}
