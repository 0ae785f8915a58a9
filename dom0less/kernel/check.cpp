// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/check.hpp"

#include "dom0less/kernel/findings.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

/// More than this no kernel can have. One that says where it goes may use all of RAM.
u64 most_bytes(const DomainPlan& domain, const KernelFile& file) {
    const u64 window = domain.kernel_window.size();
    const bool is_placed = file.wrapper && file.wrapper->load != 0;
    return is_placed && domain.memory_bytes > window ? domain.memory_bytes : window;
}

}  // namespace

void KernelChecker::check(const DomainPlan& domain, std::span<const std::byte> module) {
    const auto file = open_kernel(module, domain.kernel.host.size());
    if (!file) {
        report_uimage(domain, file.error(), findings_);
        return;
    }
    if (file->wrapper && !verify_wrapper(domain, *file->wrapper)) {
        return;
    }
    if (file->is_gzip) {
        check_compressed(domain, *file);
        return;
    }
    const usize there = file->content.size();
    const usize seen = there < kernel_header_bytes ? there : kernel_header_bytes;
    check_image(domain, *file, file->content.first(seen), file->size);
}

void KernelChecker::check_compressed(const DomainPlan& domain, const KernelFile& file) {
    const u64 limit = most_bytes(domain, file);
    if (!verify(domain, file, limit)) {
        return;
    }
    if (kernel_.bytes > limit) {
        report_gzip_size(domain, limit, findings_);
    } else if (kernel_.end != Unpacked::done) {
        const u64 before = file.wrapper ? uimage_header_bytes : 0;
        report_gzip(domain, kernel_.end, before + kernel_.position, findings_);
    } else {
        check_image(domain, file, kernel_.head(), kernel_.bytes);
    }
}

void KernelChecker::check_image(const DomainPlan& domain, const KernelFile& file,
                                std::span<const std::byte> head, u64 size) {
    const auto image = probe_content(file, head, size);
    if (!image) {
        report_kernel_format(domain, image.error(), head, size, findings_);
        return;
    }
    const auto place = place_kernel(domain, *image, size);
    if (!place && place.error() == Error::invalid_argument) {
        report_kernel_entry(domain, *image, findings_);
    } else if (!place) {
        report_kernel_size(domain, *image, findings_);
    }
}

/// False, with a finding, when the data are not those that the header was made for.
bool KernelChecker::verify_wrapper(const DomainPlan& domain, const UImage& wrapper) {
    if (domain.kernel.host != unwrapped_) {
        if (!make(crc_, domain)) {
            return false;
        }
        unwrapped_ = domain.kernel.host;
        is_data_whole_ = verify_data(wrapper, *crc_);
    }
    if (!is_data_whole_) {
        report_uimage(domain, UImageFault::data_checksum, findings_);
    }
    return is_data_whole_;
}

/// Fills kernel_; false when there is no memory to do so.
bool KernelChecker::verify(const DomainPlan& domain, const KernelFile& file, u64 limit) {
    // What was stopped for one domain's limit may fit another's.
    if (domain.kernel.host == verified_ && kernel_.end != Unpacked::stopped) {
        return true;
    }
    if (!make(gunzip_, domain)) {
        return false;
    }
    verified_ = domain.kernel.host;
    kernel_ = verify_compressed(file, limit, *gunzip_);
    return true;
}

/// False, with a finding, when there is no memory for it.
template <class T>
bool KernelChecker::make(T*& tool, const DomainPlan& domain) {
    if (tool == nullptr) {
        const std::span<T> made = arena_.allocate<T>(1);
        if (made.empty()) {
            findings_.add(rules::limit, domain.kernel.path, {},
                          "no memory is left to look into a gzip-compressed kernel or a uImage");
            return false;
        }
        tool = made.data();
    }
    return true;
}

}  // namespace isthmus::dom0less
