// SPDX-License-Identifier: Apache-2.0
// The arm64 kernel Image header: what a kernel asks of who loads it. Facts: the Linux kernel's
// booting protocol for AArch64, "Call the kernel image".
#pragma once

#include <span>

#include "dom0less/plan/plan.hpp"
#include "isthmus/result.hpp"

namespace isthmus::dom0less {

/// Bytes of the header that probe_kernel wants to see.
inline constexpr usize kernel_header_bytes = 64;

/// "ARM\x64" at byte 56.
inline constexpr u32 kernel_magic = 0x644d'5241;

/// The header's fields as they stand, little-endian; those behind the end of `head` are 0.
struct KernelHeader {
    u64 text_offset = 0;
    u64 image_size = 0;
    u64 flags = 0;
    u32 magic = 0;
};
KernelHeader read_kernel_header(std::span<const std::byte> head);

struct KernelImage {
    /// Granule the kernel was built for; the guest finds out itself whether its CPU has it.
    enum class PageSize : u8 { unspecified, k4, k16, k64 };

    u64 text_offset = 0;           ///< from a 2 MiB boundary, in bytes
    u64 image_size = 0;            ///< bytes needed from the load address on, .bss included
    bool placed_anywhere = false;  ///< else: as low in RAM as possible
    PageSize page_size = PageSize::unspecified;

    /// What a uImage asks for: this address and no other, and to be entered somewhere else than
    /// where it begins.
    std::optional<GuestAddress> load;
    std::optional<GuestAddress> entry;
};

/// Where a kernel goes: its first `copy_bytes` to `load`.
struct KernelPlacement {
    GuestAddress load;
    GuestAddress entry;
    u64 copy_bytes = 0;
    GuestRange occupied;  ///< with what the kernel needs beyond its file
};

/// `head`: the first bytes, as many as there are up to kernel_header_bytes, of `size` in all: the
/// module's, or what it is decompressed to. An image_size of 0 marks a kernel older than 3.17: its
/// text_offset is taken as 0x80000 and its image_size as `size`. Errors: invalid_argument (no
/// Image), unsupported (big-endian), out_of_range (numbers that do not fit).
Result<KernelImage> probe_kernel(std::span<const std::byte> head, u64 size);

/// In the domain's kernel window, or if the kernel says where, anywhere in RAM that neither
/// ramdisk, nor tree, nor Xen's console needs. Errors: out_of_range when there is no room;
/// invalid_argument when it is entered outside of what it occupies.
Result<KernelPlacement> place_kernel(const DomainPlan& domain, const KernelImage& image, u64 size);

}  // namespace isthmus::dom0less
