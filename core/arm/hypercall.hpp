// SPDX-License-Identifier: Apache-2.0
// HVC and SMC from a guest: the SMC Calling Convention (Arm DEN 0028) with PSCI 1.1 (Arm DEN 0022),
// and the gate of Xen's hypercalls (xen/calls.hpp).
#pragma once

#include "arch/arm64/cpu/saved_registers.hpp"
#include "core/arm/xen/calls.hpp"
#include "core/trap/trap.hpp"

namespace isthmus::core {

struct Vcpu;

/// A hypercall on the short path: only x(0..18) are in `registers`. It is counted. False when it
/// needs the full path, and nothing else has happened.
bool try_hypercall(Vcpu& vcpu, arch::GuestRegisters& registers, u16 immediate);

/// The rest: HVC and SMC with all registers saved. For SMC the caller moves PC on afterwards.
TrapResult handle_call(Vcpu& vcpu, arch::GuestRegisters& registers, u16 immediate);

}  // namespace isthmus::core
