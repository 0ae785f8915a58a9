// SPDX-License-Identifier: Apache-2.0
// Where the architecture hands over to the boot story (boot.cpp).
#pragma once

#include <span>

#include "isthmus/range.hpp"

namespace isthmus::core {

/// What the first instructions know: where things are in host memory.
struct BootInfo {
    std::span<const std::byte> tree;  ///< as mapped read-only; as many bytes as the map shows
    HostAddress tree_address;
    HostRange image;
};

/// The boot CPU arrives here, on its lasting stack.
[[noreturn]] void boot(const BootInfo& info);
/// The boot CPU cannot run a hypervisor: says why, as far as the tree names a console, and stops.
[[noreturn]] void boot_only_to_say(const BootInfo& info, const char* why);

}  // namespace isthmus::core
