// SPDX-License-Identifier: Apache-2.0
// A kernel inside gzip data: what it begins with, without a place to put it.
#pragma once

#include <array>

#include "dom0less/kernel/gzip/gunzip.hpp"
#include "dom0less/kernel/kernel_file.hpp"

namespace isthmus::dom0less {

struct CompressedKernel {
    /// `stopped`: more than the limit, or all that was asked for.
    Unpacked end = Unpacked::done;
    u64 bytes = 0;     ///< decompressed up to there
    u64 position = 0;  ///< of the compressed bytes, used up to there

    std::array<std::byte, kernel_header_bytes> head_bytes{};
    std::span<const std::byte> head() const {
        return std::span(head_bytes).first(bytes < head_bytes.size() ? bytes : head_bytes.size());
    }
};

/// Decompresses all of it, checksums and all, as long as that gives at most `limit` bytes.
CompressedKernel verify_compressed(const KernelFile& file, u64 limit, Gunzip& gunzip);

/// The image of a kernel that verify_compressed has found right, by its first bytes alone when they
/// say its size. Errors: those of probe_content, and invalid_argument when it has changed since it
/// was verified.
Result<KernelImage> probe_compressed(const KernelFile& file, Gunzip& gunzip);

}  // namespace isthmus::dom0less
