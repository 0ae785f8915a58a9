// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/check.hpp"

#include "dom0less/kernel/findings.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {

void KernelChecker::check(const DomainPlan& domain, std::span<const std::byte> module) {
    if (is_gzip(module)) {
        check_compressed(domain, module);
        return;
    }
    const usize seen = module.size() < kernel_header_bytes ? module.size() : kernel_header_bytes;
    check_image(domain, module.first(seen), domain.kernel.host.size());
}

void KernelChecker::check_compressed(const DomainPlan& domain, std::span<const std::byte> module) {
    const u64 limit = domain.kernel_window.size();
    if (!verify(domain, module, limit)) {
        return;
    }
    if (kernel_.bytes > limit) {
        report_gzip_size(domain, limit, findings_);
    } else if (kernel_.end != Unpacked::done) {
        report_gzip(domain, kernel_.end, kernel_.position, findings_);
    } else {
        check_image(domain, kernel_.head(), kernel_.bytes);
    }
}

void KernelChecker::check_image(const DomainPlan& domain, std::span<const std::byte> head,
                                u64 size) {
    const auto image = probe_kernel(head, size);
    if (!image) {
        report_kernel_format(domain, image.error(), head, size, findings_);
    } else if (!place_kernel(domain, *image, size)) {
        report_kernel_size(domain, *image, findings_);
    }
}

/// Fills kernel_; false when there is no memory to do so.
bool KernelChecker::verify(const DomainPlan& domain, std::span<const std::byte> module, u64 limit) {
    // What was stopped for one domain's limit may fit another's.
    if (domain.kernel.host == verified_ && kernel_.end != Unpacked::stopped) {
        return true;
    }
    if (gunzip_ == nullptr) {
        const std::span<Gunzip> made = arena_.allocate<Gunzip>(1);
        if (made.empty()) {
            findings_.add(rules::limit, domain.kernel.path, {},
                          "no memory is left to look into a gzip-compressed kernel");
            return false;
        }
        gunzip_ = made.data();
    }
    verified_ = domain.kernel.host;
    kernel_ = verify_compressed(module, limit, *gunzip_);
    return true;
}

}  // namespace isthmus::dom0less
