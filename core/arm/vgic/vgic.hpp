// SPDX-License-Identifier: Apache-2.0
// The virtual GIC of one domain: a GICv3 with one security state and affinity routing (Arm IHI
// 0069), or a GICv2 with one group (Arm IHI 0048). Interrupts come in from devices, timers and
// other vCPUs; they reach the guest through the list registers of the CPU that runs the vCPU. All
// state is behind one lock a domain, which is never held across anything but list-register accesses
// and kicks.
//
//   raise ──▶ wanted? ──▶ a free list register here ──▶ guest acknowledges and ends it, no exit
//                │  no              │ none, or the vCPU is on another CPU
//                ▼                  ▼
//              latched           queued ──▶ kick or maintenance interrupt ──▶ refresh()
#pragma once

#include <span>

#include "core/arm/vgic/virtual_irq.hpp"
#include "isthmus/result.hpp"
#include "isthmus/spinlock.hpp"
#include "isthmus/units.hpp"

namespace isthmus::core {

class Vgic {
  public:
    constexpr Vgic() = default;

    /// Storage stays with the caller. `spis`: one VirtualIrq for each SPI, a multiple of 32.
    /// `version`: 2, then with at most 8 vCPUs, or 3.
    void init(std::span<VgicCpu> cpus, std::span<VirtualIrq> spis, u8 version = 3);
    u32 spi_count() const { return static_cast<u32>(spis_.size()); }

    // --- Interrupts in; any CPU ---
    /// A private interrupt of this vCPU becomes pending: an event, or, where the vCPU runs, a line
    /// of the machine that fired.
    void raise_private(VgicCpu& cpu, u32 intid);
    /// A private line of the machine fired on the calling CPU, which runs this vCPU: the shortest
    /// way there is.
    void raise_line_here(VgicCpu& cpu, u32 intid);
    /// A line of the machine that belongs to the guest fired on this CPU.
    void raise_host(u32 intid);
    /// A shared interrupt becomes pending by an event that has no line: an edge, whatever trigger
    /// the guest has configured. `intid` is one of its shared ones.
    void raise_shared(u32 intid);
    /// The same of a private one of this vCPU.
    void raise_event(VgicCpu& cpu, u32 intid);
    /// The level of an emulated device's line.
    void set_line(u32 intid, bool level);
    void set_private_line(VgicCpu& cpu, u32 intid, bool level);
    /// ICC_SGI1R_EL1, as the guest wrote it on `sender`, which runs here.
    void send_sgi(VgicCpu& sender, u64 value);
    /// Ties an interrupt to a line of the machine. Before the guest runs. For a shared one: when
    /// the guest enables, disables or routes it, so it is in the machine; `edge` is its trigger,
    /// which the guest can change while it has it disabled.
    void connect(VgicCpu& cpu, u32 intid, u32 host_intid);
    void connect_shared(u32 intid, u32 host_intid, bool edge);

    // --- The CPU that runs the vCPU ---
    /// Takes stock of the list registers, then fills them with what is most urgent.
    void refresh(VgicCpu& cpu);
    /// The calling CPU, which runs the vCPU, was kicked: refresh(), or the part of it that is
    /// needed.
    void take_kick(VgicCpu& cpu);
    /// Puts the vCPU's private interrupts and list registers into the state of a reset.
    void reset(VgicCpu& cpu);
    /// All of it as before the guest first ran. None of its vCPUs runs. Lines of the machine are to
    /// be connected again.
    void reset_all();
    /// The calling CPU begins, and ends, to run the vCPU: its list registers go in and out.
    void enter(VgicCpu& cpu);
    void leave(VgicCpu& cpu);
    /// Before the vCPU that runs here sleeps until an interrupt: false when one is there already.
    /// Else `waiting` is set, and the first interrupt clears it and kicks this CPU.
    bool wait(VgicCpu& cpu);
    /// The vCPU sleeps no longer: what it waits for is no interrupt. Any CPU.
    static void wake(VgicCpu& cpu);

    // --- The guest's register accesses; `size` 1, 2, 4 or 8 bytes, naturally aligned. Error:
    // not_found for what no GIC has. Reserved registers read as zero and ignore writes. ---
    Result<u64> read_distributor(VgicCpu& reader, u64 offset, unsigned size);
    Result<void> write_distributor(VgicCpu& writer, u64 offset, unsigned size, u64 value);
    Result<u64> read_distributor_v2(VgicCpu& reader, u64 offset, unsigned size);
    Result<void> write_distributor_v2(VgicCpu& writer, u64 offset, unsigned size, u64 value);
    /// `offset` within the redistributor window; frames of 128 KiB a vCPU.
    Result<u64> read_redistributor(u64 offset, unsigned size);
    Result<void> write_redistributor(u64 offset, unsigned size, u64 value);

  private:
    using ListState = arch::ListRegister::State;

    // Registers with a bit, or a few, for each interrupt; `first` is the word's first INTID.
    u64 read_bits(VgicCpu& cpu, u32 first, u64 offset) ISTHMUS_REQUIRES(lock_);
    void write_bits(VgicCpu& cpu, u32 first, u64 offset, u32 value) ISTHMUS_REQUIRES(lock_);
    void write_bit(VgicCpu& cpu, VirtualIrq& irq, u32 intid, u64 offset) ISTHMUS_REQUIRES(lock_);
    u64 read_priorities(VgicCpu& cpu, u32 first, unsigned size) ISTHMUS_REQUIRES(lock_);
    void write_priorities(VgicCpu& cpu, u32 first, unsigned size, u64 value)
        ISTHMUS_REQUIRES(lock_);
    u32 read_configuration(VgicCpu& cpu, u32 first) ISTHMUS_REQUIRES(lock_);
    void write_configuration(VgicCpu& cpu, u32 first, u32 value) ISTHMUS_REQUIRES(lock_);
    Result<u64> read_banked(VgicCpu& cpu, u64 offset, unsigned size) ISTHMUS_REQUIRES(lock_);
    void write_banked(VgicCpu& cpu, u64 offset, unsigned size, u64 value) ISTHMUS_REQUIRES(lock_);
    u64 read_router(u32 intid) ISTHMUS_REQUIRES(lock_);
    void write_router(u32 intid, u64 offset, unsigned size, u64 value) ISTHMUS_REQUIRES(lock_);
    void route(u32 intid, u8 target) ISTHMUS_REQUIRES(lock_);
    void write_control(u32 value) ISTHMUS_REQUIRES(lock_);
    u64 read_targets(const VgicCpu& reader, u32 first, unsigned size) const ISTHMUS_REQUIRES(lock_);
    void write_targets(u32 first, unsigned size, u64 value) ISTHMUS_REQUIRES(lock_);
    bool pending_state(VgicCpu& cpu, VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    bool active_state(VirtualIrq& irq) ISTHMUS_REQUIRES(lock_);

    // SGIs of a GICv2.
    bool has_senders(u32 intid) const { return version2_ && intid < sgi_count; }
    void send_sgi_v2(VgicCpu& sender, u32 value) ISTHMUS_REQUIRES(lock_);
    void write_pending_sgi(VgicCpu& cpu, VirtualIrq& irq, u32 intid, unsigned index)
        ISTHMUS_REQUIRES(lock_);
    void merge_senders(VgicCpu& cpu, VirtualIrq& irq, u32 intid) const ISTHMUS_REQUIRES(lock_);
    u64 read_senders(VgicCpu& reader, u64 first, unsigned size) ISTHMUS_REQUIRES(lock_);
    void write_senders(VgicCpu& writer, u64 offset, unsigned size, u64 value)
        ISTHMUS_REQUIRES(lock_);

    VirtualIrq* find(VgicCpu& cpu, u32 intid) ISTHMUS_REQUIRES(lock_);
    VgicCpu* target_of(VgicCpu& cpu, const VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    static bool is_device_line(const VirtualIrq& irq, u32 intid) {
        return irq.host_intid != 0 && intid >= private_count;
    }
    void enable_line(const VirtualIrq& irq) ISTHMUS_REQUIRES(lock_);
    bool wanted(const VirtualIrq& irq) const ISTHMUS_REQUIRES(lock_);
    bool is_here(const VgicCpu& cpu) const ISTHMUS_REQUIRES(lock_);
    bool is_elsewhere(const VgicCpu& cpu) const ISTHMUS_REQUIRES(lock_);
    arch::ListRegister read_list(const VgicCpu& cpu, unsigned index) const ISTHMUS_REQUIRES(lock_);
    void write_list(VgicCpu& cpu, unsigned index, arch::ListRegister value) ISTHMUS_REQUIRES(lock_);
    void clear_list(VgicCpu& cpu, unsigned index) ISTHMUS_REQUIRES(lock_);
    void notify(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    bool has_pending(const VgicCpu& cpu) const ISTHMUS_REQUIRES(lock_);

    // The machine's active state (machine_lines.cpp).
    void take_in_hand(VirtualIrq& irq) ISTHMUS_REQUIRES(lock_);
    bool is_out_of_reach(const VgicCpu& owner, u32 intid) const ISTHMUS_REQUIRES(lock_);
    void look_at_line(const VgicCpu& owner, VirtualIrq& irq, u32 intid) const
        ISTHMUS_REQUIRES(lock_);
    void hand_back(VgicCpu& owner, VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    void hand_back_unused(VgicCpu& owner, VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    void look_at_machine_lines(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    void move_active_lines(const VgicCpu& cpu, bool here) const ISTHMUS_REQUIRES(lock_);

    void deliver(VgicCpu& cpu, VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    bool repeat_here(VgicCpu& cpu, VirtualIrq& irq, u32 intid, bool is_line)
        ISTHMUS_REQUIRES(lock_);
    bool raise_again_elsewhere(const VirtualIrq& irq, u32 intid, u32 target)
        ISTHMUS_REQUIRES(lock_);
    bool repeat_raised(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    bool place(VgicCpu& cpu, VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    void queue(VgicCpu& cpu, u32 intid) ISTHMUS_REQUIRES(lock_);
    void unqueue(VgicCpu& cpu, u32 intid) ISTHMUS_REQUIRES(lock_);
    bool try_held(VirtualIrq& irq) ISTHMUS_REQUIRES(lock_);
    bool reclaim(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    void forget(VgicCpu& cpu, VirtualIrq& irq, unsigned index, ListState last)
        ISTHMUS_REQUIRES(lock_);
    void release(VgicCpu& cpu, unsigned index, ListState last) ISTHMUS_REQUIRES(lock_);
    void offer(VgicCpu& cpu, const VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    void fold(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    void fold_one(VgicCpu& cpu, unsigned index) ISTHMUS_REQUIRES(lock_);
    void rewrite(VgicCpu& cpu, const VirtualIrq& irq, unsigned index, arch::ListRegister value,
                 bool pending) ISTHMUS_REQUIRES(lock_);
    void keep_pending(VgicCpu& cpu, VirtualIrq& irq, u32 intid) const ISTHMUS_REQUIRES(lock_);
    bool stays_pending(VgicCpu& cpu, VirtualIrq& irq, u32 intid) const ISTHMUS_REQUIRES(lock_);
    void count_ends(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    VirtualIrq* innermost_parked(VgicCpu& cpu, u32& intid) ISTHMUS_REQUIRES(lock_);
    void unpark(VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    void drop_lists(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    void reset_locked(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    void fill(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    bool evict_for(VgicCpu& cpu, u8 priority) ISTHMUS_REQUIRES(lock_);
    int most_urgent(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    void refresh_locked(VgicCpu& cpu) ISTHMUS_REQUIRES(lock_);
    /// A change to `irq` that its list register may contradict: looked at here, or by its holder.
    void look_again(VirtualIrq& irq) ISTHMUS_REQUIRES(lock_);
    /// The same, and if it is in none it may be wanted now.
    void reconsider(VgicCpu& cpu, VirtualIrq& irq, u32 intid) ISTHMUS_REQUIRES(lock_);
    void redeliver_all() ISTHMUS_REQUIRES(lock_);

    // The lock also guards what the two spans hold: every private function that reaches an
    // interrupt's or a vCPU's state asks for it. The spans themselves, like the other fields
    // without an annotation, stay the same from init() on.
    SpinLock lock_;
    std::span<VgicCpu> cpus_;
    std::span<VirtualIrq> spis_;
    u32 list_mask_ = 0;  ///< a bit for each list register that the machine has
    bool group0_enabled_ ISTHMUS_GUARDED_BY(lock_) = false;
    bool group1_enabled_ ISTHMUS_GUARDED_BY(lock_) = false;
    bool version2_ = false;
    std::array<u8, align_up(limits::spis, 32)> spi_targets_
        ISTHMUS_GUARDED_BY(lock_){};  ///< GICv2: GICD_ITARGETSR, as written
};

}  // namespace isthmus::core
