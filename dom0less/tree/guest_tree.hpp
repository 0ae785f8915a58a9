// SPDX-License-Identifier: Apache-2.0
// The device tree that a guest gets (docs/bindings.md, "The guest's tree").
#pragma once

#include <span>

#include "dom0less/plan/plan.hpp"
#include "isthmus/result.hpp"

namespace isthmus::dom0less {

/// Bytes that are enough for the tree of any domain the limits allow, bootargs included; as large
/// as DomainPlan::tree_target.
inline constexpr usize guest_tree_bytes = 2 * 1024 * 1024;

/// Writes the tree of one domain of `plan` to the start of `buffer`, which must be 8-byte aligned,
/// and returns the part used. Error: out_of_memory when the buffer is too small.
Result<std::span<const std::byte>> write_guest_tree(const Plan& plan, const DomainPlan& domain,
                                                    const fdt::HostDescription& host,
                                                    std::span<std::byte> buffer);

}  // namespace isthmus::dom0less
