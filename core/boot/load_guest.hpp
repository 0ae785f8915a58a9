// SPDX-License-Identifier: Apache-2.0
// What is to be known before a guest's memory is filled, and the filling itself.
#pragma once

#include "core/domain/domain.hpp"
#include "dom0less/plan/plan.hpp"
#include "isthmus/result.hpp"

namespace isthmus::core {

/// Looks into the kernel's module and writes the guest's tree, into pages of the heap: all that
/// fill_guest wants to know. Boot CPU. Errors: out_of_memory, or those of dom0less/kernel/image.hpp
/// and compressed_kernel.hpp; invalid_argument when the module has changed since
/// dom0less::KernelChecker saw it.
Result<LoadedGuest> prepare_guest(const dom0less::DomainPlan& domain, const dom0less::Plan& plan,
                                  const fdt::HostDescription& host);

/// Clears all of the domain's own RAM but what it copies kernel, ramdisk and tree over. Keeps the
/// heap's copy of the tree where the plan allows a restart. Isthmus sees the RAM only meanwhile;
/// the modules must be shown. One CPU for a domain; any, beside others. Error: invalid_argument, as
/// above.
Result<void> fill_guest(Domain& domain);

/// Shows all modules in Isthmus's map, or hides them again. Boot CPU. Error: out_of_memory.
Result<void> show_modules(const dom0less::Plan& plan);
Result<void> hide_modules(const dom0less::Plan& plan);

}  // namespace isthmus::core
