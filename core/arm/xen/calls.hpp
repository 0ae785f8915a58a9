// SPDX-License-Identifier: Apache-2.0
// Xen's hypercall gate: HVC #0xEA1 with the number in x16, arguments in x0 to x4, the result in x0.
// Every guest has console_io, which early consoles of guests built for Xen use (Linux's
// earlycon=xen, Zephyr's) and which needs no node in the tree. What else there is, a domain has
// with Xen's interface (docs/xen-interface.md); anything unknown is -ENOSYS.
#pragma once

#include "arch/arm64/cpu/saved_registers.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

struct Vcpu;

/// The immediate of HVC under which Xen's guests call.
inline constexpr u16 xen_hypercall_immediate = 0xea1;

enum class XenCall : u8 {
    done,
    again,    ///< a piece of it is done, and the registers name the rest: HVC is to be executed
              ///< again
    blocked,  ///< the vCPU sleeps until what it waits for; another, or none, follows
    stopped,  ///< it runs no further
};

/// A call on the short path: only x(0..18) are in `registers`. 0 when it needs the full path, and
/// nothing else has happened; else 1. Out of line, so that other hypercalls stay short.
[[gnu::noinline]] u64 try_xen_call(Vcpu& vcpu, arch::GuestRegisters& registers);

/// The others: all registers are saved. A call does a bounded piece of work, so that the guest's
/// interrupts, and who shares its CPU, do not wait for the rest. Arguments may change, as on Xen.
XenCall serve_xen_call(Vcpu& vcpu, arch::GuestRegisters& registers);

}  // namespace isthmus::core
