// SPDX-License-Identifier: Apache-2.0
// The machine's debug unit, lent to the vCPU that uses it for as long as it runs.
//
// At EL2 nothing of it can happen: with MDCR_EL2.TDE 0 debug exceptions go to EL1, and from a
// higher level than that there are none (Arm ARM D2.5, AArch64.GenerateDebugExceptionsFrom).
#pragma once

#include "arch/arm64/cpu/debug_registers.hpp"
#include "arch/arm64/cpu/saved_registers.hpp"
#include "core/domain/vcpu.hpp"
#include "core/trap/trap.hpp"

namespace isthmus::arch {

/// This CPU's debug unit at rest: no lock, nothing enabled. After a reset its registers are
/// unknown.
void init_debug_unit();

/// For a vCPU whose `machine_mdscr` is not 0, when its state goes into this CPU's registers and
/// when it comes out. Between vCPUs all control registers are 0.
[[gnu::cold, gnu::noinline]] void lend_debug_unit(const DebugState& state);
[[gnu::cold, gnu::noinline]] void take_debug_unit_back(const DebugState& state);

/// An access to a register of op0 2; what is not offered is an undefined instruction.
[[gnu::cold, gnu::noinline]] core::TrapResult emulate_debug_register(core::Vcpu& vcpu,
                                                                     GuestRegisters& registers,
                                                                     SysregTrap trap);

}  // namespace isthmus::arch
