// SPDX-License-Identifier: Apache-2.0
// Isthmus's command line, read from /chosen (docs/bindings.md, "Hypervisor arguments").
#pragma once

#include <optional>
#include <string_view>

#include "dom0less/plan/options.hpp"
#include "fdt/tree.hpp"

namespace isthmus::dom0less {

/// Every kernel module directly under /chosen is Dom0's; the first one, or nothing: no Dom0.
std::optional<fdt::Node> find_dom0_kernel(const fdt::Node& chosen);

/// "null" or "rr".
std::optional<Options::Scheduler> parse_scheduler(std::string_view name);

/// Reads `xen,xen-bootargs`, else `bootargs`, unless these are those of a Dom0, which has no
/// others. Later arguments win. Rules: opt-unknown (a warning), opt-value (a warning; the default
/// stays).
Options read_options(const fdt::Tree& tree, Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
