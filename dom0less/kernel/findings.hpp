// SPDX-License-Identifier: Apache-2.0
// What is said about a kernel that cannot be started.
#pragma once

#include "dom0less/kernel/gzip/gunzip.hpp"
#include "dom0less/kernel/image.hpp"
#include "dom0less/kernel/uimage.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::dom0less {

/// Adds dom-kernel-format with the bytes seen, after probe_kernel failed with `error`. `head` is
/// what probe_kernel saw; `size` the bytes of the module, or of what it was decompressed to.
void report_kernel_format(const DomainPlan& domain, Error error, std::span<const std::byte> head,
                          u64 size, Findings& findings);
/// Adds dom-kernel-size with both sizes, or with what lies where the kernel wants to be, after
/// place_kernel failed with out_of_range.
void report_kernel_size(const DomainPlan& domain, const KernelImage& image, Findings& findings);

/// Adds dom-kernel-uimage: what is wrong with it.
void report_uimage(const DomainPlan& domain, UImageFault fault, Findings& findings);
/// Adds dom-kernel-uimage: it is entered outside of itself. After place_kernel failed with
/// invalid_argument.
void report_kernel_entry(const DomainPlan& domain, const KernelImage& image, Findings& findings);

/// Adds dom-kernel-gzip: what is wrong, and before which byte of the module.
void report_gzip(const DomainPlan& domain, Unpacked end, u64 position, Findings& findings);
/// Adds dom-kernel-size: there is more in it than `limit` bytes.
void report_gzip_size(const DomainPlan& domain, u64 limit, Findings& findings);

}  // namespace isthmus::dom0less
