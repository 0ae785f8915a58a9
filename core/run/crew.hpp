// SPDX-License-Identifier: Apache-2.0
// Work of boot that several CPUs do at once, each its own share. The boot CPU gives it out; who has
// nothing to do sleeps.
//
//     boot CPU   work() ──order, wake──▶ own share ──▶ asleep ◀──wake── the last share is done
//     another    serve(): asleep ──▶ share ──▶ asleep … ──dismiss()──▶ comes back
#pragma once

#include <array>
#include <span>

#include "isthmus/atomic.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

/// `Machine`: sleep() ends when this CPU has been woken since it last ended, also when that was
/// before; it may end for other reasons. wake(cpu): what was written before is seen by who wakes.
template <class Machine>
class Crew {
  public:
    using Share = void (*)(void* context, usize cpu);

    constexpr Crew() = default;

    /// Boot CPU, number `self`: every CPU that `has_share` says true of, one of `self` and those
    /// that come to serve(), executes share(context, cpu) once. Comes back when all are done, and
    /// what they wrote is seen.
    void work(usize self, Share share, void* context, std::span<const bool> has_share) {
        share_ = share;
        context_ = context;
        boot_cpu_ = self;
        u32 others = 0;
        for (usize cpu = 0; cpu < has_share.size(); ++cpu) {
            others += cpu != self && has_share[cpu] ? 1u : 0u;
        }
        left_.store(others, Order::relaxed);  // seen with the order
        for (usize cpu = 0; cpu < has_share.size(); ++cpu) {
            if (cpu != self && has_share[cpu]) {
                orders_[cpu].store(Errand::share);
                Machine::wake(cpu);
            }
        }
        if (has_share[self]) {
            share(context, self);
        }
        while (left_.load() != 0) {
            Machine::sleep();
        }
    }

    /// Boot CPU, when there is no more work: those that serve, or come to it later, go on. Wakes
    /// those that `is_there` says true of.
    void dismiss(std::span<const bool> is_there) {
        for (usize cpu = 0; cpu < is_there.size(); ++cpu) {
            orders_[cpu].store(Errand::leave);
            if (is_there[cpu]) {
                Machine::wake(cpu);
            }
        }
    }

    /// Every other CPU: does its shares until it is dismissed.
    void serve(usize cpu) {
        while (!is_dismissed(cpu)) {
            if (!do_share(cpu)) {
                Machine::sleep();
            }
        }
    }

    /// Its share of what is given out now. False: it has none.
    bool do_share(usize cpu) {
        if (orders_[cpu].load() != Errand::share) {
            return false;
        }
        orders_[cpu].store(Errand::none, Order::relaxed);  // the next comes when all are done
        share_(context_, cpu);
        const usize boot_cpu = boot_cpu_;
        if (left_.fetch_sub(1) == 1) {
            Machine::wake(boot_cpu);
        }
        return true;
    }
    bool is_dismissed(usize cpu) const { return orders_[cpu].load() == Errand::leave; }

  private:
    enum class Errand : u8 { none, share, leave };

    Share share_ = nullptr;
    void* context_ = nullptr;
    usize boot_cpu_ = 0;
    Atomic<u32> left_;  ///< CPUs that have not done their share
    std::array<Atomic<Errand>, limits::cpus> orders_{};
};

}  // namespace isthmus::core
