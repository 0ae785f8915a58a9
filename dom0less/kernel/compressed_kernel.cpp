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
        // What is in a uImage need be no Image, and the words there anything.
        const KernelHeader header = read_kernel_header(kernel_.head());
        return kernel_.bytes >= kernel_header_bytes && header.magic == kernel_magic &&
               header.image_size != 0;
    }

    CompressedKernel& kernel_;
    u64 limit_;
    bool header_only_;
};

CompressedKernel decompress(std::span<const std::byte> bytes, u64 limit, bool header_only,
                            Gunzip& gunzip) {
    CompressedKernel kernel;
    HeaderSink sink(kernel, limit, header_only);
    kernel.end = gunzip.run(bytes, sink);
    kernel.position = gunzip.consumed();
    return kernel;
}

}  // namespace

CompressedKernel verify_compressed(const KernelFile& file, u64 limit, Gunzip& gunzip) {
    return decompress(file.content, limit, false, gunzip);
}

Result<KernelImage> probe_compressed(const KernelFile& file, Gunzip& gunzip) {
    const CompressedKernel kernel = decompress(file.content, ~u64{0}, true, gunzip);
    if (kernel.end != Unpacked::done && kernel.end != Unpacked::stopped) {
        return fail(Error::invalid_argument);
    }
    return probe_content(file, kernel.head(), kernel.bytes);
}

}  // namespace isthmus::dom0less
