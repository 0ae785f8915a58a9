// SPDX-License-Identifier: Apache-2.0
// Isthmus's command line, read from /chosen (docs/bindings.md, "Hypervisor arguments").
#pragma once

#include <optional>
#include <string_view>

#include "dom0less/plan/options.hpp"
#include "fdt/tree.hpp"

namespace isthmus::dom0less {

/// Every kernel module directly under /chosen is Dom0's; the first one, or if none says that it is
/// a kernel, the first module that says nothing. Nothing: no Dom0.
std::optional<fdt::Node> find_dom0_kernel(const fdt::Node& chosen);

/// "null", "rr", or one of Xen's that give CPUs in turns, which mean rr.
struct SchedulerWord {
    Options::Scheduler scheduler = Options::Scheduler::rr;
    bool is_nearest = false;  ///< it is another's name
};
std::optional<SchedulerWord> parse_scheduler(std::string_view name);
/// The warning sched-nearest about `name`.
void report_nearest(std::string_view path, std::string_view property, std::string_view name,
                    Findings& findings);

/// Reads `xen,xen-bootargs`, else `bootargs`, unless these are those of a Dom0, which has no
/// others. Later arguments win. Rules: opt-unknown (a warning), opt-value (a warning; the default
/// stays), sched-nearest.
Options read_options(const fdt::Tree& tree, Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
