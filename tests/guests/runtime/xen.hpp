// SPDX-License-Identifier: Apache-2.0
// Xen's guest interface, as much as the test guests use: hypercalls, and the two pages of events in
// their two-level form. Memory that both sides use has to be cacheable: enable_mmu() first.
#pragma once

#include <array>

#include "isthmus/types.hpp"

namespace isthmus::guest::xen {

inline constexpr u64 memory_op = 12, xen_version = 17, console_io = 18, vm_assist = 21,
                     vcpu_op = 24, sched_op = 29, event_channel_op = 32, hvm_op = 34;
inline constexpr i64 eperm = -1, enoent = -2, esrch = -3, efault = -14, einval = -22, enospc = -28,
                     enosys = -38;
inline constexpr u16 self = 0x7ff0;
inline constexpr u32 event_intid = 31;

/// Operations of event_channel_op; each takes the address of a structure of 32-bit words.
inline constexpr u64 bind_interdomain = 0, bind_virq = 1, close = 3, send = 4, status = 5,
                     alloc_unbound = 6, bind_ipi = 7, bind_vcpu = 8, unmask = 9, reset = 10;
/// Commands of sched_op.
inline constexpr u64 yield = 0, block = 1, shutdown = 2, poll = 3, watchdog = 6;

i64 hypercall(u64 number, u64 first, u64 second = 0, u64 third = 0, u64 fourth = 0);

template <class T>
i64 hypercall(u64 number, u64 command, T* structure) {
    return hypercall(number, command, reinterpret_cast<u64>(structure));
}

inline i64 send_event(u32 port) {
    return hypercall(event_channel_op, send, &port);
}

struct VcpuInfo {
    u8 upcall_pending = 0;
    u8 upcall_mask = 0;
    u64 pending_words = 0;
    std::array<u64, 4> unused{};
};
struct SharedInfo {
    VcpuInfo first;
    std::array<u64, 64> pending{};
    std::array<u64, 64> mask{};
};

/// The page of shared_info, and where this CPU's vcpu_info is once open_events() has told.
SharedInfo& shared_info();
VcpuInfo& vcpu_info();
/// Tells where both are. False: the hypervisor refused one.
bool open_events();
/// Whether the port rang since the last call.
bool take_event(u32 port);
/// SCHEDOP_poll for one port; `timeout` in nanoseconds of the counter, 0: none.
i64 poll_event(u32 port, u64 timeout);

}  // namespace isthmus::guest::xen
