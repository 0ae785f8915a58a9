// SPDX-License-Identifier: Apache-2.0
// Accesses to an emulated device of which the CPU says only where they went: pairs, and those that
// move their base register. The instruction is read from the guest's memory and decoded.
#pragma once

#include "core/trap/mmio.hpp"

namespace isthmus::core {

/// Emulates the access, or refuses it with a data abort: when the instruction cannot be read or is
/// none that is emulated, and when it is not the one that made this access, because another vCPU
/// has changed the memory since. It is read once and never looked at again. On the vCPU's CPU, with
/// all its registers in the frame.
[[gnu::cold, gnu::noinline]] TrapResult emulate_undescribed(Vcpu& vcpu,
                                                            arch::GuestRegisters& registers,
                                                            const MmioDevice& device,
                                                            MemoryAccess access);

}  // namespace isthmus::core
