// SPDX-License-Identifier: Apache-2.0
// Whose an SError is, and what comes of it (arch/arm64/cpu/serror.hpp draws when they are looked
// for). On the CPU concerned, while no guest's registers are needed any more.
#pragma once

#include "core/trap/trap.hpp"

namespace isthmus::core {

struct Vcpu;

/// What arch::take_serror gave before this CPU had touched a device is the firmware's or the boot
/// loader's, and no reason not to boot: logged.
void report_firmware_serror(u64 syndrome);
/// No guest has run since the last look: it came of what Isthmus did. Logged when nothing is lost
/// by it; else a panic.
void take_own_serror();
/// `vcpu` has run until now. As on_guest_serror.
void take_serror_of(Vcpu& vcpu);

/// An SError from the guest's side, by its ESR_EL2: `stopped`, it crashes alone; `injected`,
/// nothing is lost by it, and it goes on. From the architecture.
[[gnu::cold, gnu::noinline]] TrapResult on_guest_serror(Vcpu& vcpu, u64 syndrome);

}  // namespace isthmus::core
