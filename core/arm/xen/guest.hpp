// SPDX-License-Identifier: Apache-2.0
// What a domain with Xen's interface has for it (Domain::xen): its ports, the pages that it has
// named, what its vCPUs wait for.
//
// Guests write into the pages at any time. So nothing there is trusted or read twice, nothing waits
// for what a guest writes, and what Isthmus has to know it keeps here.
#pragma once

#include "core/arm/xen/port.hpp"
#include "core/arm/xen/runstate.hpp"
#include "core/arm/xen/shown_pages.hpp"
#include "core/run/ring_budget.hpp"
#include "core/run/timer_queue.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::core::xen {

class ConsoleBackend;
struct Guest;

inline constexpr u32 watchdogs = 2;  ///< as on Xen

/// Each vCPU's side. `info`, `runstate` and `polls` are guarded by the lock of the Guest.
struct GuestVcpu {
    static constexpr u32 no_port = 0, any_port = ~u32{0};

    VcpuInfo* info = nullptr;
    bool has_own_info = false;  ///< it has registered it: once, as on Xen
    RunstateArea runstate;
    u32 polls = no_port;  ///< the port that it sleeps for, in SCHEDOP_poll
    SoftTimer poll_end;
    std::array<SoftTimer, watchdogs> watchdog_ends;
};

/// The near end of a channel of the tree: what a ring by it needs, and how often it may ring, as a
/// doorbell has it (core/device/doorbells.hpp). All of it is the ringer's.
struct ChannelBell {
    // Fixed before guests run.
    Guest* peer = nullptr;
    u32 peer_port = 0;

    RingBudget budget;
    // Of the ring that waits: whoever got the verdict `later` has them until it releases that.
    SoftTimer timer;
    Vcpu* ringer = nullptr;
};

struct Guest {
    Domain* domain = nullptr;
    DomainId id = DomainId::none;
    u32 console_port = 0;          ///< 0: none
    std::span<AtomicPort> ports;   ///< port_limit of them, written under the lock
    std::span<ChannelBell> bells;  ///< one for each channel of the tree, as its plan has them
    std::span<GuestVcpu> vcpus;
    ConsoleBackend* console = nullptr;  ///< of hvc0, where there is a ring

    Atomic<u32> pollers;                                ///< vCPUs with `polls`
    std::array<Atomic<u64>, watchdogs> watchdog_times;  ///< when each bites; 0: it is off
    Atomic<u32> console_virq;                           ///< port of VIRQ_CONSOLE; 0: none
    Atomic<u32> writes_update_flag;                     ///< RunstateInfo::update_flag

    SpinLock lock;
    SharedInfo* shared ISTHMUS_GUARDED_BY(lock) = nullptr;
    /// Events from before there is a shared_info, a bit a port.
    std::array<u64, port_words> early ISTHMUS_GUARDED_BY(lock){};
    ShownPages pages ISTHMUS_GUARDED_BY(lock);
    u32 reset_next ISTHMUS_GUARDED_BY(lock) = 0;    ///< port at which EVTCHNOP_reset goes on
    bool is_over ISTHMUS_GUARDED_BY(lock) = false;  ///< the domain has stopped

    // --- Events (events.cpp) ---
    /// An event for the port, which tells `vcpu`.
    void set_pending(u32 port, u32 vcpu) ISTHMUS_REQUIRES(lock);
    /// Whether one waits there, masked or not.
    bool is_pending(u32 port) const ISTHMUS_REQUIRES(lock);
    void clear_pending(u32 port) ISTHMUS_REQUIRES(lock);
    bool is_masked(u32 port) const ISTHMUS_REQUIRES(lock);
    /// EVTCHNOP_unmask: what came while the port was masked is told now.
    void unmask(u32 port, u32 vcpu) ISTHMUS_REQUIRES(lock);
    /// The vCPU looks at every port at its next upcall, which comes.
    void tell_all(u32 vcpu) ISTHMUS_REQUIRES(lock);
    void stop_polling(GuestVcpu& waiter) ISTHMUS_REQUIRES(lock);

    // --- Ports (event_channel_op.cpp) ---
    /// The lowest free port becomes `port`. Its number, or -ENOSPC.
    i64 take_port(Port port) ISTHMUS_REQUIRES(lock);
    void free_port(u32 number) ISTHMUS_REQUIRES(lock);
    bool has_virq(u32 vcpu, u32 virq) const ISTHMUS_REQUIRES(lock);

    // --- Pages that it names (named_pages.cpp); results as hypercalls have them ---
    i64 place_shared_info(GuestAddress page) ISTHMUS_REQUIRES(lock);
    i64 place_info(u32 vcpu, GuestAddress page, u32 offset) ISTHMUS_REQUIRES(lock);
    /// `address`: virtual, in the tables of the vCPU that runs here. 0: the area ends.
    i64 place_runstate(RunstateArea& area, u64 address) ISTHMUS_REQUIRES(lock);

  private:
    [[gnu::always_inline]] void tell(u32 port, u32 vcpu) ISTHMUS_REQUIRES(lock);
    [[gnu::always_inline]] void upcall(u32 vcpu, VcpuInfo& info) ISTHMUS_REQUIRES(lock);
    void wake_pollers(u32 port) ISTHMUS_REQUIRES(lock);
    bool fill(SharedInfo& page) ISTHMUS_REQUIRES(lock);
    void forget(RunstateArea& area) ISTHMUS_REQUIRES(lock);
    Result<std::byte*> show_virtual(u64 address) ISTHMUS_REQUIRES(lock);
};

/// The domain's, as its plan has it: none, or with the tree's channels. Boot CPU, when its vCPUs
/// and vGIC are there. Error: out_of_memory.
Result<void> make_guest(Domain& domain);
/// Ties the tree's channels of the domain to their far ends. Boot CPU, when all domains are made.
void connect_channels(Domain& domain);
/// Of the domain with that number; nullptr: none has, or it has no such interface.
Guest* find_guest(DomainId id);

/// The domain has stopped: nothing is written into its pages any more. Any CPU, after its last vCPU
/// has left.
void end_guest(Domain& domain);
/// One of its pages is hidden again; false when none is left. After end_guest, before the domain is
/// taken apart.
bool forget_page(Domain& domain);
/// The domain is built again. Some of its ports are closed, and their peers' ends are unbound;
/// false: all are, and all else is as make_guest has left it. After the last forget_page.
bool reset_guest(Domain& domain);
/// Told before a vCPU starts, when its interrupts are as after a reset.
void vcpu_starts(Vcpu& vcpu);

/// One lock, or two of domains, in the order of their numbers. Clang cannot tell which: who uses it
/// is not checked.
class GuestLocks {
  public:
    GuestLocks(Guest& one, Guest& other);
    ~GuestLocks();
    GuestLocks(const GuestLocks&) = delete;
    GuestLocks& operator=(const GuestLocks&) = delete;

  private:
    Guest& first_;
    Guest& second_;
};

}  // namespace isthmus::core::xen
