// SPDX-License-Identifier: Apache-2.0
// What the drivers of both versions share: which of them is in use, SGIs of Isthmus, and the part
// of a distributor that is the same in both (Arm IHI 0048, 4.3; IHI 0069, 12.9).
#pragma once

#include "core/run/per_cpu.hpp"
#include "isthmus/address.hpp"
#include "isthmus/arch/interrupts.hpp"

namespace isthmus::arch {

/// The machine's controller is a GICv2. Set once, by init_interrupts; asked on the short paths.
extern bool has_gicv2;

/// Acknowledges one interrupt of the machine, and does what it asks. False when none was pending.
bool take_interrupt(core::PerCpu& cpu);

inline constexpr u32 sgi_kick = 0;
inline constexpr u32 sgi_stop = 1;
inline constexpr u32 first_special_intid = 1020;  ///< 1020 to 1023: nothing pending

/// A register that tells when writes have taken effect. Error: denied, it never does.
Result<void> wait_for_writes(HypAddress address, u32 busy);

/// All private interrupts of the frame: disabled, neither pending nor active, of one priority, in
/// the group. `control`, with the bit `busy`: where the frame tells that they are. `further_words`:
/// of 32 from INTID 1056 on.
Result<void> prepare_private_interrupts(HypAddress frame, bool group1, HypAddress control, u32 busy,
                                        u32 further_words);
/// Likewise the shared ones of a distributor, which is off.
Result<void> prepare_shared_interrupts(HypAddress distributor, bool group1);
/// The trigger of a shared interrupt, which is disabled.
void write_trigger(HypAddress distributor, u32 intid, Trigger trigger);
/// Trigger and priority of a shared interrupt, which is disabled.
void prepare_shared_interrupt(HypAddress distributor, u32 intid, Trigger trigger);

}  // namespace isthmus::arch
