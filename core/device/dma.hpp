// SPDX-License-Identifier: Apache-2.0
// What the machine's devices reach by themselves: behind an SMMUv3 what their domain reaches, by
// the very tables of its CPUs. SMMUs that nobody's device is behind are left as firmware had them.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "isthmus/result.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::core {

struct Domain;

/// Looks at the SMMUs that the plan needs, before anything is built; nothing changes there. Rules
/// dev-smmu (an error): one cannot do it, and a device behind it was assigned without being forced;
/// dev-dma (a warning): nothing holds back the devices behind it. Boot CPU.
void check_smmus(const dom0less::Plan& plan, const fdt::HostDescription& host, Findings& findings);

/// One that the machine may have; its place is that in HostDescription::smmus.
struct Smmu {
    bool is_needed = false;  ///< a device that somebody has is behind it
    bool is_used = false;    ///< it can hold that back, and does from hold_devices on
    u32 intid = 0;           ///< of its events; 0: none
    bool edge = false;
    std::string_view path;
};
/// As check_smmus found them.
std::span<const Smmu> smmus();

/// Turns on the SMMUs that can do it: each domain's devices see its memory from now on, and no
/// other device behind them anything. Boot CPU, which gets their interrupts, once the domains are
/// built. Errors: as arch::init_smmu and arch::attach_streams, and out_of_memory.
Result<void> hold_devices(const dom0less::Plan& plan, const fdt::HostDescription& host,
                          std::span<const Domain> domains);
/// What detach_devices has taken away is there again. Error: as arch::attach_streams.
Result<void> attach_devices(const Domain& domain);
/// The domain is over: its devices reach nothing any more. False when there is one that still may,
/// because no SMMU stands before it.
bool detach_devices(const Domain& domain);

}  // namespace isthmus::core
