// SPDX-License-Identifier: Apache-2.0
// How often a doorbell may interrupt whom it rings: a burst at once, then so many in a second. What
// is more waits, all of it as one ring, and is never lost.
//
//     ring ──▶ one waits? ──no──▶ budget left? ──yes──▶ now: deliver
//               │ yes                  │ no
//               ▼                      ▼
//             merged                 later: a timer at due() ──▶ release ──▶ deliver
//
// Two words and no lock, so that a flood on one CPU of the ringer waits for nobody, and nobody for
// it. Pure: the time is an argument.
#pragma once

#include "isthmus/atomic.hpp"

namespace isthmus::core {

/// `Word`: Atomic, or what a test puts in its place to see every step.
template <template <class> class Word>
class RingBudgetOf {
  public:
    enum class Verdict : u8 {
        now,     ///< the caller delivers it
        later,   ///< the caller sets a timer to due() and, when that fires, calls release()
        merged,  ///< one that waits already will be delivered, and stands for this one, too
    };

    constexpr RingBudgetOf() = default;

    /// One ring every `period` ticks, and `burst` at once after a silence. Before the first ring.
    void init(u64 period, u32 burst) {
        period_ = period;
        tolerance_ = (burst - 1) * period;
    }

    /// A ring at `now`. Any CPU. What the caller wrote before is seen by who is rung, whichever
    /// CPU delivers it.
    Verdict ring(u64 now) {
        // Relaxed: if it is out of date the exchange below tells, and a ring at once needs nothing
        // of those that wait.
        if (waits_.load(Order::relaxed) == 0 && pay(now)) {
            return Verdict::now;
        }
        return waits_.exchange(1) == 0 ? Verdict::later : Verdict::merged;
    }

    /// When the ring that waits may be delivered: of its caller, between `later` and release().
    u64 due() const {
        const u64 paid = paid_until_.load(Order::relaxed);
        return paid < tolerance_ ? 0 : paid - tolerance_;
    }

    /// The ring that waits is paid for, and the caller delivers it. From here on the timer may be
    /// another CPU's.
    void release(u64 now) {
        charge(now);
        // An exchange, to see what those wrote whose rings were merged into this one.
        static_cast<void>(waits_.exchange(0));
    }

  private:
    /// False: it is more than the budget, and nothing was paid. `paid_until_` is the time up to
    /// which the rings so far use the rate up; it may lie ahead by a burst.
    bool pay(u64 now) {
        u64 paid = paid_until_.load(Order::relaxed);
        do {
            if (paid > now + tolerance_) {
                return false;
            }
        } while (!paid_until_.compare_exchange(paid, (paid > now ? paid : now) + period_,
                                               Order::relaxed, Order::relaxed));
        return true;
    }
    void charge(u64 now) {
        u64 paid = paid_until_.load(Order::relaxed);
        while (!paid_until_.compare_exchange(paid, (paid > now ? paid : now) + period_,
                                             Order::relaxed, Order::relaxed)) {
        }
    }

    Word<u64> paid_until_;
    Word<u32> waits_;
    u64 period_ = 0;
    u64 tolerance_ = 0;
};

using RingBudget = RingBudgetOf<Atomic>;

}  // namespace isthmus::core
