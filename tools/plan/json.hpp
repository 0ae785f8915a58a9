// SPDX-License-Identifier: Apache-2.0
// The plan for machines: all of its fields (dom0less/plan/plan_fields.hpp), each under its name.
// Ranges are [start, end], the end not belonging to them. Owners are domain numbers; 0x7ff1 is
// dom_io, 0x7ff2 Isthmus, 0x7ff4 nobody.
#pragma once

#include "dom0less/show/digest.hpp"
#include "isthmus/arena.hpp"
#include "tools/json.hpp"

namespace isthmus::tools {

/// The member "schema" of what `check` and `plan` write for machines (docs/kit.md): one higher when
/// a member goes away, or changes its name, its type or its meaning; one that is added changes
/// nothing.
inline constexpr u32 json_schema = 1;

/// `arena`: what it was made in, for arena_used and arena_bytes.
/// `only`: this domain, the regions it has a part in and the RAM it owns; nullptr: everything.
void write_plan(JsonWriter& json, const dom0less::Plan& plan, const fdt::HostDescription& host,
                const dom0less::Digest& digest, const Arena& arena,
                const dom0less::DomainPlan* only);

}  // namespace isthmus::tools
