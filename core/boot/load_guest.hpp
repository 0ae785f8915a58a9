// SPDX-License-Identifier: Apache-2.0
// Filling a guest's memory before it runs.
#pragma once

#include "core/domain/loaded.hpp"
#include "dom0less/plan/plan.hpp"
#include "isthmus/result.hpp"

namespace isthmus::core {

/// Clears all of the domain's own RAM, copies kernel and ramdisk to their places, writes the
/// guest's tree, of which it keeps a copy where the plan allows a restart, and says what it found
/// out. Isthmus sees the RAM only meanwhile.
/// Boot only. Errors: out_of_memory, or those of dom0less/kernel/image.hpp and
/// compressed_kernel.hpp.
Result<LoadedGuest> load_guest(const dom0less::DomainPlan& domain, const dom0less::Plan& plan,
                               const fdt::HostDescription& host);

}  // namespace isthmus::core
