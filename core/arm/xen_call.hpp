// SPDX-License-Identifier: Apache-2.0
// Xen's hypercall gate: HVC #0xEA1 with the number in x16, arguments in x0 to x4, the result in x0.
// Served is console_io, which early consoles of guests built for Xen use (Linux's earlycon=xen,
// Zephyr's); it needs no node in the tree. Anything else is -ENOSYS.
#pragma once

#include "arch/arm64/cpu/saved_registers.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

struct Vcpu;

/// The immediate of HVC under which Xen's guests call.
inline constexpr u16 xen_hypercall_immediate = 0xea1;
/// HYPERVISOR_console_io.
inline constexpr u64 xen_console_io = 18;
inline constexpr u64 xen_enosys = static_cast<u64>(i64{-38});

enum class XenCall : u8 {
    done,
    again  ///< a piece of it is done, and x1 and x2 name the rest: HVC is to be executed again
};

/// All registers are saved. A call does a bounded piece of work, so that the guest's interrupts,
/// and who shares its CPU, do not wait for the rest. x1 and x2 may change, as on Xen.
XenCall serve_xen_call(Vcpu& vcpu, arch::GuestRegisters& registers);

}  // namespace isthmus::core
