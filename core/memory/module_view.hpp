// SPDX-License-Identifier: Apache-2.0
// A boot module in Isthmus's map, which shows none of them otherwise.
#pragma once

#include <span>

#include "isthmus/arch/host_map.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core {

/// A module, shown read-only for as long as this lives.
class ModuleView {
  public:
    explicit ModuleView(HostRange module)
        : module_(module), pages_(module.outer_aligned(page_size)) {}
    ~ModuleView() {
        if (open_) {
            check(arch::unmap_host(pages_).has_value(), "closing a module");
        }
    }
    ModuleView(const ModuleView&) = delete;
    ModuleView& operator=(const ModuleView&) = delete;

    /// Error: as arch::map_host.
    Result<std::span<const std::byte>> open() {
        ISTHMUS_TRY(arch::map_host(pages_, arch::HostAccess::read_only));
        open_ = true;
        return std::span<const std::byte>(arch::host_pointer(module_.start()), module_.size());
    }

  private:
    HostRange module_;
    HostRange pages_;
    bool open_ = false;
};

}  // namespace isthmus::core
