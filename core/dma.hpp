// SPDX-License-Identifier: Apache-2.0
// What the machine's devices reach by themselves: behind an SMMUv3 what their domain reaches, by
// the very tables of its CPUs. SMMUs that nobody's device is behind are left as firmware had them.
#pragma once

#include "dom0less/plan.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/result.hpp"

namespace isthmus::core {

struct Domain;

/// Looks at the SMMUs that the plan needs, before anything is built; nothing changes there. Rules
/// dev-smmu (an error): one cannot do it, and a device behind it was assigned without being forced;
/// dev-dma (a warning): nothing holds back the devices behind it. Boot CPU.
void check_smmus(const dom0less::Plan& plan, const fdt::HostDescription& host, Findings& findings);

/// Turns on the SMMUs that can do it: each domain's devices see its memory from now on, and no
/// other device behind them anything. Boot CPU, which gets their interrupts, once the domains are
/// built. Errors: as arch::init_smmu and arch::attach_streams, and out_of_memory.
Result<void> hold_devices(const dom0less::Plan& plan, const fdt::HostDescription& host,
                          std::span<const Domain> domains);
/// What they have to say; false when the interrupt is none of theirs.
bool on_smmu_interrupt(u32 intid);

/// The domain is over: its devices reach nothing any more. False when there is one that still may,
/// because no SMMU stands before it.
bool detach_devices(const Domain& domain);

}  // namespace isthmus::core
