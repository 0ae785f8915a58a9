// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/cpu/saved_registers.hpp"
#include "core/domain/vcpu.hpp"
#include "core/trap/trap.hpp"

namespace isthmus::arch {

/// A system register that is trapped: emulated, or an undefined instruction in the guest.
core::TrapResult emulate_sysreg(core::Vcpu& vcpu, GuestRegisters& registers, SysregTrap trap);

}  // namespace isthmus::arch
