// SPDX-License-Identifier: Apache-2.0
// Guests that share a region with doorbells, on the booted fake machine: guest n has one vCPU on
// CPU n, a doorbell to each other, and a GPIO block for each four of them. As core builds them,
// from a plan made by hand.
#pragma once

#include <memory>
#include <vector>

#include "core/domain/domain.hpp"
#include "tests/unit/support/virtual_cpu.hpp"

namespace isthmus::test {

class RingingGuests {
  public:
    static constexpr u32 bell_intid = 44;      ///< rings in the region
    static constexpr u32 first_gpio_intid = 45;  ///< block n has this plus n
    static constexpr GuestAddress gpio_at{0x2201'0000};

    explicit RingingGuests(usize count, bool keep_when_off = true);
    ~RingingGuests();
    RingingGuests(const RingingGuests&) = delete;
    RingingGuests& operator=(const RingingGuests&) = delete;

    core::Domain& domain(usize index) { return domains_[index]; }
    core::Vcpu& vcpu(usize index) { return guests_[index]->vcpu; }

    /// Part of the guest's plan, as if it had been another when it was built.
    dom0less::DoorbellPlan& planned(usize guest, usize number) {
        return guests_[guest]->bells[number];
    }
    dom0less::DomainPlan& plan(usize guest) { return guests_[guest]->plan; }

    /// The number by which `from` rings `to`.
    static u64 bell(usize from, usize to) { return to < from ? to : to - 1; }
    /// On its own CPU; false: there is no such number.
    bool ring(usize from, u64 number);
    bool ring_peer(usize from, usize to) { return ring(from, bell(from, to)); }
    /// An access to a register of the guest's block `number`, on its CPU.
    u64 read_gpio(usize guest, u64 offset, usize number = 0);
    void write_gpio(usize guest, u64 offset, u64 value, usize number = 0);
    /// Enables a shared interrupt in the guest's controller.
    void enable(usize guest, u32 intid);
    /// The most urgent interrupt that the guest has, which it ends at once; 1023: none. What waits
    /// for its CPU to look is looked at first.
    u32 next_interrupt(usize guest);
    /// Timers of all CPUs that are due by then fire, in order; it is then that late.
    void pass(u64 ticks);

  private:
    struct Guest {
        dom0less::DomainPlan plan;
        std::vector<dom0less::DoorbellPlan> bells;
        std::vector<dom0less::EmulatedDevicePlan> devices;
        std::vector<GuestRange> frames;
        std::vector<u32> interrupts;
        core::Vcpu vcpu;
        core::VgicCpu vgic;
        std::array<core::VirtualIrq, 64> spis;
        std::unique_ptr<VirtualCpu> interface;
    };

    void make_plan(usize index, usize count, bool keep_when_off);
    void build(usize index);

    std::vector<std::unique_ptr<Guest>> guests_;
    std::unique_ptr<core::Domain[]> domains_;  // NOLINT(modernize-avoid-c-arrays): they cannot move
};

}  // namespace isthmus::test
