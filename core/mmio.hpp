// SPDX-License-Identifier: Apache-2.0
// Emulated devices: a guest's access to their registers ends in one of these.
#pragma once

#include "arch/arm64/saved_registers.hpp"
#include "core/trap.hpp"
#include "isthmus/result.hpp"

namespace isthmus::core {

struct Vcpu;

/// `offset` from the device's start; `size` 1, 2, 4 or 8, naturally aligned. An error makes the
/// access an external abort in the guest.
struct MmioDevice {
    GuestRange range;
    Result<u64> (*read)(Vcpu& vcpu, u64 offset, unsigned size) = nullptr;
    Result<void> (*write)(Vcpu& vcpu, u64 offset, unsigned size, u64 value) = nullptr;
    const char* name = "";
};

/// What a load puts into its register: cut to the access's size, extended as the instruction says.
u64 extend_loaded(u64 value, arch::DataAbort abort);

/// Emulates, explains away, or turns into an exception in the guest. On the vCPU's CPU, with all
/// its registers in the frame.
TrapResult handle_memory_access(Vcpu& vcpu, arch::GuestRegisters& registers,
                                const MemoryAccess& access);

}  // namespace isthmus::core
