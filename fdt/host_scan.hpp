// SPDX-License-Identifier: Apache-2.0
// The boot scan: from a tree to a description of the machine.
#pragma once

#include <string_view>

#include "fdt/host_description.hpp"
#include "fdt/tree.hpp"

namespace isthmus::fdt {

/// As `dtuart`: there shall be no console.
inline constexpr std::string_view no_console = "none";

/// Reads memory, reservations, CPUs, interrupt controller, timer, PSCI, the console UART and SMMUs.
/// What is missing or unusable stays empty and is named in a finding (rules host-*, fdt/rules.hpp).
/// `dtuart` is the hypervisor argument of that name: a path, an alias, or either with ":options";
/// when empty, /chosen's `stdout-path` decides. Texts point into the tree's blob or the arena.
HostDescription read_host(const Tree& tree, std::string_view dtuart, Arena& arena,
                          Findings& findings);

}  // namespace isthmus::fdt
