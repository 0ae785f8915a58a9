// SPDX-License-Identifier: Apache-2.0
// Numbers and layouts of Xen's guest interface for arm64, as its public headers have them: what
// stands in registers, in structures that a guest points at, and in pages that it names. Guests see
// these bytes. A field that nobody here looks at has a name all the same.
#pragma once

#include <array>
#include <cstddef>

#include "isthmus/types.hpp"

namespace isthmus::core::xen {

/// Hypercalls, in x16.
namespace call {
inline constexpr u64 memory_op = 12;
inline constexpr u64 xen_version = 17;
inline constexpr u64 console_io = 18;
inline constexpr u64 vm_assist = 21;
inline constexpr u64 vcpu_op = 24;
inline constexpr u64 sched_op = 29;
inline constexpr u64 event_channel_op = 32;
inline constexpr u64 hvm_op = 34;
}  // namespace call

/// Results: 0 or more is success, a negative number an error.
inline constexpr i64 eperm = -1;
inline constexpr i64 enoent = -2;
inline constexpr i64 esrch = -3;
inline constexpr i64 enomem = -12;
inline constexpr i64 efault = -14;
inline constexpr i64 ebusy = -16;
inline constexpr i64 eexist = -17;
inline constexpr i64 einval = -22;
inline constexpr i64 enospc = -28;
inline constexpr i64 enosys = -38;

/// The calling domain, where a domain is to be named.
inline constexpr u16 domid_self = 0x7ff0;
/// The interrupt by which events reach a vCPU: the `hypervisor` node has it, too.
inline constexpr u32 event_intid = 31;
inline constexpr u32 page_bytes = 4096;

// --- xen_version ---
namespace version {
inline constexpr u32 version = 0;
inline constexpr u32 extraversion = 1;
inline constexpr u32 compile_info = 2;
inline constexpr u32 capabilities = 3;
inline constexpr u32 changeset = 4;
inline constexpr u32 platform_parameters = 5;
inline constexpr u32 get_features = 6;
inline constexpr u32 pagesize = 7;
inline constexpr u32 guest_handle = 8;
inline constexpr u32 commandline = 9;
inline constexpr u32 build_id = 10;
}  // namespace version
struct CompileInfo {
    std::array<char, 64> compiler{};
    std::array<char, 16> by{};
    std::array<char, 32> domain{};
    std::array<char, 32> date{};
};
static_assert(sizeof(CompileInfo) == 144);
struct FeatureInfo {
    u32 index = 0;
    u32 bits = 0;  ///< out
};
/// Bits of FeatureInfo. Never 17, "direct-mapped": Linux would bounce all DMA through buffers.
namespace feature {
inline constexpr u32 auto_translated_physmap = 1u << 2;  ///< frames are the guest's own numbers
inline constexpr u32 dom0 = 1u << 11;
inline constexpr u32 smccc = 1u << 14;
inline constexpr u32 not_direct_mapped = 1u << 16;
}  // namespace feature

// --- memory_op ---
namespace memory {
inline constexpr u32 decrease_reservation = 1;
inline constexpr u32 current_reservation = 3;
inline constexpr u32 maximum_reservation = 4;
inline constexpr u32 populate_physmap = 6;
inline constexpr u32 add_to_physmap = 7;
inline constexpr u32 space_shared_info = 0;
}  // namespace memory
struct AddToPhysmap {
    u16 domain = 0;
    u16 size = 0;
    u32 space = 0;
    u64 index = 0;
    u64 frame = 0;  ///< the guest's number of its page
};
static_assert(sizeof(AddToPhysmap) == 24);
struct Reservation {
    u64 frames = 0;  ///< address of their numbers
    u64 count = 0;   ///< of extents
    u32 order = 0;   ///< 2^order pages each
    u32 flags = 0;
    u16 domain = 0;
    u16 padding[3]{};
};
static_assert(sizeof(Reservation) == 32);

// --- vcpu_op ---
namespace vcpu_command {
inline constexpr u32 register_runstate_memory_area = 5;
inline constexpr u32 register_vcpu_info = 10;
}  // namespace vcpu_command
struct RegisterVcpuInfo {
    u64 frame = 0;
    u32 offset = 0;
    u32 reserved = 0;
};
static_assert(sizeof(RegisterVcpuInfo) == 16);

/// What a vCPU does, and for how long it has done what, in nanoseconds.
struct RunstateInfo {
    static constexpr u32 running = 0, runnable = 1, blocked = 2, offline = 3;
    static constexpr u64 update_flag = u64{1} << 63;  ///< of `entered`: it is being written

    u32 state = running;
    u32 padding = 0;
    u64 entered = 0;  ///< when the state began
    std::array<u64, 4> time{};
};
static_assert(sizeof(RunstateInfo) == 48);

// --- vm_assist ---
namespace assist {
inline constexpr u32 enable = 0;
inline constexpr u32 disable = 1;
inline constexpr u32 runstate_update_flag = 5;
}  // namespace assist

// --- sched_op ---
namespace sched {
inline constexpr u32 yield = 0;
inline constexpr u32 block = 1;
inline constexpr u32 shutdown = 2;
inline constexpr u32 poll = 3;
inline constexpr u32 watchdog = 6;
inline constexpr u32 reason_poweroff = 0;
inline constexpr u32 reason_reboot = 1;
inline constexpr u32 reason_suspend = 2;
inline constexpr u32 reason_crash = 3;
inline constexpr u32 reason_watchdog = 4;
inline constexpr u32 reason_soft_reset = 5;
}  // namespace sched
struct Poll {
    u64 ports = 0;  ///< address of as many numbers of 32 bits
    u32 count = 0;
    u32 padding = 0;
    u64 timeout = 0;  ///< system time in nanoseconds; 0: none
};
static_assert(sizeof(Poll) == 24);
struct Watchdog {
    u32 id = 0;       ///< 0: a new one
    u32 timeout = 0;  ///< seconds; 0: it is switched off
};

// --- hvm_op ---
namespace hvm {
inline constexpr u32 set_param = 0;
inline constexpr u32 get_param = 1;
inline constexpr u32 callback_irq = 0;
inline constexpr u32 store_pfn = 1;
inline constexpr u32 store_evtchn = 2;
inline constexpr u32 console_pfn = 17;
inline constexpr u32 console_evtchn = 18;
/// Value of callback_irq: a private interrupt, active low.
inline constexpr u64 callback_ppi = u64{2} << 56 | u64{2} << 8 | event_intid;
}  // namespace hvm
struct HvmParam {
    u16 domain = 0;
    u16 padding = 0;
    u32 index = 0;
    u64 value = 0;
};
static_assert(sizeof(HvmParam) == 16);

// --- event_channel_op ---
namespace evtchn {
inline constexpr u32 bind_interdomain = 0;
inline constexpr u32 bind_virq = 1;
inline constexpr u32 close = 3;
inline constexpr u32 send = 4;
inline constexpr u32 status = 5;
inline constexpr u32 alloc_unbound = 6;
inline constexpr u32 bind_ipi = 7;
inline constexpr u32 bind_vcpu = 8;
inline constexpr u32 unmask = 9;
inline constexpr u32 reset = 10;
}  // namespace evtchn
struct AllocUnbound {
    u16 domain = 0;
    u16 remote = 0;
    u32 port = 0;  ///< out
};
struct BindInterdomain {
    u16 remote = 0;
    u16 padding = 0;
    u32 remote_port = 0;
    u32 local_port = 0;  ///< out
};
struct BindVirq {
    u32 virq = 0;
    u32 vcpu = 0;
    u32 port = 0;  ///< out
};
struct BindIpi {
    u32 vcpu = 0;
    u32 port = 0;  ///< out
};
struct BindVcpu {
    u32 port = 0;
    u32 vcpu = 0;
};
struct PortStatus {
    static constexpr u32 closed = 0, unbound = 1, interdomain = 2, virq = 4, ipi = 5;

    u16 domain = 0;
    u16 padding = 0;
    u32 port = 0;
    u32 status = 0;  ///< out, and all that follows
    u32 vcpu = 0;
    u32 detail = 0;  ///< the peer, or the number of the virtual interrupt
    u32 peer_port = 0;
};
static_assert(sizeof(PortStatus) == 24);

/// Virtual interrupts that a guest may bind. Nothing raises the first two here.
inline constexpr u32 virq_timer = 0;    ///< one a vCPU
inline constexpr u32 virq_debug = 1;    ///< one a vCPU
inline constexpr u32 virq_console = 2;  ///< Dom0's alone: there is something typed to read
inline constexpr u32 virqs = 24;

// --- Pages that guests name ---
/// Guests write here at any time: every value is read once, by a load of its own.
struct VcpuInfo {
    u8 upcall_pending;  ///< the interrupt was raised, and the guest has not looked yet
    std::array<u8, 7> mask_and_padding;
    u64 pending_words;  ///< a bit for each word of SharedInfo::pending with something in it
    std::array<u64, 4> unused;
};
static_assert(sizeof(VcpuInfo) == 48);

inline constexpr u32 port_words = 64;
/// Ports that the two-level form of a shared_info holds.
inline constexpr u32 port_limit = port_words * 64;

struct SharedInfo {
    VcpuInfo first;  ///< vCPU 0's, until it registers another place
    std::array<u64, port_words> pending;
    std::array<u64, port_words> mask;
};
static_assert(offsetof(SharedInfo, pending) == 48 && sizeof(SharedInfo) <= page_bytes);

struct ConsoleRing {
    static constexpr u32 in_size = 1024, out_size = 2048;

    std::array<u8, in_size> in;    ///< to the guest
    std::array<u8, out_size> out;  ///< from the guest
    u32 in_consumed;
    u32 in_produced;
    u32 out_consumed;
    u32 out_produced;
};
static_assert(offsetof(ConsoleRing, out_produced) == 3084);

}  // namespace isthmus::core::xen
