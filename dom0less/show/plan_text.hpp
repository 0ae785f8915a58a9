// SPDX-License-Identifier: Apache-2.0
// The plan as a short readable table, for the console and the host program.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "isthmus/arena.hpp"
#include "isthmus/text.hpp"

namespace isthmus::dom0less {

/// Domains, regions, and who sees what where; every line ends in "\n" and has at most 100 columns
/// unless a name is longer than its column.
void print_plan(TextSink& sink, const Plan& plan, const fdt::HostDescription& host);

/// Every range of the machine's RAM, and whose it is.
void print_host_map(TextSink& sink, const Plan& plan);

/// A line that says how much of the memory for reading and planning the tree has taken so far, in
/// whole KiB.
void print_arena_use(TextSink& sink, const Arena& arena);

}  // namespace isthmus::dom0less
