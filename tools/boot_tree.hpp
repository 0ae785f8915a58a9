// SPDX-License-Identifier: Apache-2.0
// A tree read from a file, and everything that Isthmus would make of it at boot.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dom0less/planner.hpp"
#include "dom0less/show/digest.hpp"
#include "isthmus/finding.hpp"
#include "tools/arguments.hpp"
#include "tools/files.hpp"

namespace isthmus::tools {

/// The same steps as at boot, over a file. Not movable: everything points into it.
class BootTree {
  public:
    /// `modules`: the kernels among them are checked.
    BootTree(Bytes blob, const LoadedAt& loaded, std::span<const ModuleFile> modules);
    BootTree(const BootTree&) = delete;
    BootTree& operator=(const BootTree&) = delete;

    const Findings& findings() const { return findings_; }
    const Arena& arena() const { return arena_; }
    const fdt::HostDescription& host() const { return host_; }
    /// Nothing when it was not planned because of errors. An error seen later (another digest than
    /// the tree's, a kernel that is none) leaves it here to be looked at.
    const std::optional<dom0less::Plan>& plan() const { return plan_; }
    /// Of the plan, which must be there.
    const dom0less::Digest& digest() const { return digest_; }
    /// What is wrong with the files of modules; not a finding, because the machine sees no files.
    const std::vector<std::string>& module_errors() const { return module_errors_; }

  private:
    /// Looks into the files that stand for modules.
    class Files;

    void check_modules(std::span<const ModuleFile> modules);
    void check_module(const ModuleFile& module, u64 bytes);

    Bytes blob_;
    std::unique_ptr<std::byte[]> memory_;
    Arena arena_;
    Findings findings_;
    std::optional<fdt::Tree> tree_;
    fdt::HostDescription host_;
    dom0less::SystemConfig config_;
    dom0less::Options options_;
    std::optional<dom0less::Plan> plan_;
    dom0less::Digest digest_{};
    std::vector<std::string> module_errors_;
};

}  // namespace isthmus::tools
