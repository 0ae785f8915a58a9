// SPDX-License-Identifier: Apache-2.0
// The virtual PSCI: what changes the power of a vCPU or of the whole guest.
#pragma once

#include "arch/arm64/cpu/saved_registers.hpp"
#include "core/trap/trap.hpp"

namespace isthmus::core {

struct Vcpu;

/// PSCI_FEATURES for one function: 0 or NOT_SUPPORTED.
u64 psci_features(u32 function);

/// CPU_ON, CPU_OFF, AFFINITY_INFO, SYSTEM_OFF, SYSTEM_RESET, SYSTEM_RESET2; any other number is
/// NOT_SUPPORTED in x0 and changes nothing else.
TrapResult handle_psci(Vcpu& vcpu, arch::GuestRegisters& registers);

}  // namespace isthmus::core
