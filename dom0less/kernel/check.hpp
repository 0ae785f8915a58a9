// SPDX-License-Identifier: Apache-2.0
// The rules of kernels: everything that a domain's kernel module must be.
#pragma once

#include "dom0less/kernel/compressed_kernel.hpp"
#include "isthmus/arena.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::dom0less {

/// Checks one kernel after the other. A kernel that several domains boot is decompressed once.
class KernelChecker {
  public:
    KernelChecker(Arena& arena, Findings& findings) : arena_(arena), findings_(findings) {}

    /// `module`: the bytes of domain.kernel.host, or what the file holds of them. Rules
    /// dom-kernel-format, dom-kernel-gzip, dom-kernel-uimage, dom-kernel-size; dom-limit when the
    /// arena is used up.
    void check(const DomainPlan& domain, std::span<const std::byte> module);

  private:
    void check_compressed(const DomainPlan& domain, const KernelFile& file);
    void check_image(const DomainPlan& domain, const KernelFile& file,
                     std::span<const std::byte> head, u64 size);
    bool verify_wrapper(const DomainPlan& domain, const UImage& wrapper);
    bool verify(const DomainPlan& domain, const KernelFile& file, u64 limit);
    template <class T>
    bool make(T*& tool, const DomainPlan& domain);

    Arena& arena_;
    Findings& findings_;
    Gunzip* gunzip_ = nullptr;  ///< made for the first kernel that needs it
    Crc32* crc_ = nullptr;      ///< the same
    HostRange unwrapped_;       ///< the last module whose data were compared with their checksum
    bool is_data_whole_ = false;
    HostRange verified_;  ///< the module that kernel_ is of
    CompressedKernel kernel_;
};

}  // namespace isthmus::dom0less
