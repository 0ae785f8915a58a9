// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/compressed_kernel.hpp"

#include <cstring>

namespace isthmus::dom0less {
namespace {

/// Keeps the header, counts the rest.
class HeaderSink final : public ByteSink {
  public:
    HeaderSink(CompressedKernel& kernel, u64 limit, bool header_only)
        : kernel_(kernel), limit_(limit), header_only_(header_only) {}

    bool write(std::span<const std::byte> bytes) override {
        const std::span<std::byte> head = kernel_.head_bytes;
        if (kernel_.bytes < head.size()) {
            const usize room = head.size() - kernel_.bytes;
            const usize count = bytes.size() < room ? bytes.size() : room;
            std::memcpy(head.data() + kernel_.bytes, bytes.data(), count);
        }
        kernel_.bytes += bytes.size();
        return kernel_.bytes <= limit_ && !(header_only_ && says_its_size());
    }

  private:
    bool says_its_size() const {
        return kernel_.bytes >= kernel_header_bytes &&
               read_kernel_header(kernel_.head()).image_size != 0;
    }

    CompressedKernel& kernel_;
    u64 limit_;
    bool header_only_;
};

CompressedKernel decompress(std::span<const std::byte> module, u64 limit, bool header_only,
                            Gunzip& gunzip) {
    CompressedKernel kernel;
    HeaderSink sink(kernel, limit, header_only);
    kernel.end = gunzip.run(module, sink);
    kernel.position = gunzip.consumed();
    return kernel;
}

}  // namespace

CompressedKernel verify_compressed(std::span<const std::byte> module, u64 limit, Gunzip& gunzip) {
    return decompress(module, limit, false, gunzip);
}

Result<KernelImage> probe_compressed(std::span<const std::byte> module, Gunzip& gunzip) {
    const CompressedKernel kernel = decompress(module, ~u64{0}, true, gunzip);
    if (kernel.end != Unpacked::done && kernel.end != Unpacked::stopped) {
        return fail(Error::invalid_argument);
    }
    return probe_kernel(kernel.head(), kernel.bytes);
}

}  // namespace isthmus::dom0less
