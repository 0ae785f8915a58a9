// SPDX-License-Identifier: Apache-2.0
// A tree read from a file, and everything that Isthmus would make of it at boot.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dom0less/planner.hpp"

namespace isthmus::tools {

/// The same steps as at boot, over a file. Not movable: everything points into it.
class BootTree {
  public:
    /// `image`: where Isthmus will lie; empty when that is not known. The boot tree's own place is
    /// not known on the host.
    BootTree(std::vector<std::byte> blob, HostRange image);
    BootTree(const BootTree&) = delete;
    BootTree& operator=(const BootTree&) = delete;

    const Findings& findings() const { return findings_; }
    const fdt::HostDescription& host() const { return host_; }
    /// Nothing when there are errors.
    const std::optional<dom0less::Plan>& plan() const { return plan_; }

  private:
    std::vector<std::byte> blob_;
    std::unique_ptr<std::byte[]> memory_;
    Arena arena_;
    Findings findings_;
    fdt::HostDescription host_;
    dom0less::SystemConfig config_;
    dom0less::Options options_;
    std::optional<dom0less::Plan> plan_;
};

/// A whole file; nothing when it cannot be read.
std::optional<std::vector<std::byte>> read_file(const std::string& name);

}  // namespace isthmus::tools
