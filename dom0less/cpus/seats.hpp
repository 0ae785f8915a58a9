// SPDX-License-Identifier: Apache-2.0
// vCPUs that want a CPU, and who has which one so far. Internal to the room.
#pragma once

#include <array>
#include <span>

#include "dom0less/plan/cpu_set.hpp"
#include "dom0less/plan/plan.hpp"
#include "dom0less/read/system_config.hpp"

namespace isthmus::dom0less {

inline constexpr u32 no_cpu = ~u32{0};
inline constexpr u32 no_seat = ~u32{0};

/// One vCPU of those to be placed. All lists of them are in the order of the domains.
struct Seat {
    const DomainConfig* domain = nullptr;
    const CpuPoolPlan* pool = nullptr;
    const AffinityConfig* affinity = nullptr;  ///< nullptr: any CPU of the pool
    CpuSet allowed;
    u32 vcpu = 0;  ///< within its domain
    u32 cpu = no_cpu;

    bool is_exclusive() const { return pool->scheduler == Options::Scheduler::null; }
};

/// vCPUs with CPUs of their own. Those with an affinity are matched by augmenting paths: whoever
/// comes later may move those before to another CPU that they allow, so that a placement is found
/// when there is one. There are as many such vCPUs as CPUs at most, or there is no plan.
class ExclusiveCpus {
  public:
    explicit ExclusiveCpus(std::span<Seat> seats) : seats_(seats) { taken_by_.fill(no_seat); }

    bool match(u32 seat) {
        visited_ = {};
        return augment(seat);
    }
    /// The first CPU that no vCPU has.
    void take_first(u32 seat) {
        seats_[seat].allowed.for_each([&](u32 cpu) {
            if (seats_[seat].cpu == no_cpu && taken_by_[cpu] == no_seat) {
                take(seat, cpu);
            }
        });
    }

  private:
    /// Depth is bounded by the number of CPUs: each level visits one CPU not visited before.
    bool augment(u32 seat) {
        bool found = false;
        seats_[seat].allowed.for_each([&](u32 cpu) {
            if (found || visited_.contains(cpu)) {
                return;
            }
            visited_.add(cpu);
            if (taken_by_[cpu] == no_seat || augment(taken_by_[cpu])) {
                take(seat, cpu);
                found = true;
            }
        });
        return found;
    }

    void take(u32 seat, u32 cpu) {
        taken_by_[cpu] = seat;
        seats_[seat].cpu = cpu;
    }

    std::span<Seat> seats_;
    std::array<u32, limits::cpus> taken_by_{};  ///< CPU -> seat
    CpuSet visited_;
};

/// How many vCPUs each CPU has that is shared: kept as vCPUs are placed, because counting them
/// anew for each would take as long as the square of their number.
class SharedCpus {
  public:
    /// What follows is about one domain, whose vCPUs these are.
    void enter(std::span<const Seat> siblings) {
        siblings_.fill(0);
        for (const Seat& seat : siblings) {
            if (seat.cpu != no_cpu) {
                ++siblings_[seat.cpu];
            }
        }
    }

    /// Takes the CPU with the fewest of the domain's own vCPUs, of these the one with the fewest of
    /// all; none when it may have none.
    void take_least_used(Seat& seat) {
        u32 best = no_cpu;
        u64 least = ~u64{0};
        seat.allowed.for_each([&](u32 cpu) {
            const u64 use = (u64{siblings_[cpu]} << 32) + users_[cpu];
            if (use < least) {
                least = use;
                best = cpu;
            }
        });
        seat.cpu = best;
        if (best != no_cpu) {
            ++siblings_[best];
            ++users_[best];
        }
    }

  private:
    std::array<u32, limits::cpus> users_{};
    std::array<u32, limits::cpus> siblings_{};
};

}  // namespace isthmus::dom0less
