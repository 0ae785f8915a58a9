// SPDX-License-Identifier: Apache-2.0
// The tree of the machine, to which the domains are added.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "tools/files.hpp"
#include "tools/make/config.hpp"

namespace isthmus::tools {

/// A folder that is gone, with all that is in it, when this is.
class WorkFolder {
  public:
    WorkFolder();
    ~WorkFolder();
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;

    bool is_there() const { return !path_.empty(); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

struct BaseTree {
    std::string source;  ///< with what the board and the configuration add to it
    Bytes blob;          ///< the same
};

/// The file that the configuration names, or what QEMU makes for itself. The error is a sentence.
std::expected<BaseTree, std::string> read_base(const MakeConfig& config, const WorkFolder& folder);

}  // namespace isthmus::tools
