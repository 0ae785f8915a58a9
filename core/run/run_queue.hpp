// SPDX-License-Identifier: Apache-2.0
// Who runs next on one CPU. Every vCPU has one slice of time a round; a round ends when all that
// can run have used theirs up. Within a round the higher priority goes first, also before one that
// is running, and among equals the one with more of its slice left. So a priority says who waits
// less, never who gets more: nobody is starved, and what a vCPU causes is paid from its own slice
// (turn.hpp).
//
// One CPU's affair, without a lock: only that CPU calls. Pure: no time is read here.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

/// Embedded in what is scheduled. Times in ticks of arch::counter.
struct SchedEntity {
    u32 priority = 0;       ///< larger goes first
    i64 budget = 0;         ///< what is left of its slice in this round; below 0: it ran over
    u64 ran = 0;            ///< in all that it paid for: its turns, and the switches that it caused
    u64 owed = 0;           ///< what it pays at the end of its next, or running, turn
    bool has_slept = true;  ///< since it last ran: it may cut short one that runs
    bool was_cut = false;   ///< its last turn was cut short: the switch back is not its own to pay
    SchedEntity* next = nullptr;
};

class RunQueue {
  public:
    constexpr RunQueue() = default;

    /// Before the first pick(). The entity stays here for good.
    void add(SchedEntity& entity);
    bool is_shared() const { return head_ != nullptr && head_->next != nullptr; }
    SchedEntity* first() const { return head_; }
    /// `ticks`: 1 or more.
    void set_slice(u64 ticks) { slice_ = static_cast<i64>(ticks); }

    /// Whether `is_so` says yes to one of them.
    template <class Predicate>
    bool any(Predicate is_so) const {
        for (const SchedEntity* entity = head_; entity != nullptr; entity = entity->next) {
            if (is_so(*entity)) {
                return true;
            }
        }
        return false;
    }

    /// The one to run, or nullptr when `is_ready` says yes to none. May begin a new round.
    template <class Ready>
    SchedEntity* pick(Ready is_ready) {
        if (!any(is_ready)) {
            return nullptr;
        }
        SchedEntity* best = best_with_budget(is_ready);
        while (best == nullptr) {
            refill();
            best = best_with_budget(is_ready);
        }
        return best;
    }

    /// `entity` ran for that long. One that has used its slice up goes behind its equals; what it
    /// took more than that is taken off its next slices.
    void charge(SchedEntity& entity, u64 ticks);
    /// The opposite, of at most what it was charged: somebody else pays for these.
    static void refund(SchedEntity& entity, u64 ticks);

    /// Whether `other`, which is ready, is to run instead of `running`, which is charged up to now.
    /// One whose slice is used up makes room for any, even one of the next round.
    static bool outranks(const SchedEntity& other, const SchedEntity& running);

  private:
    template <class Ready>
    SchedEntity* best_with_budget(Ready is_ready) const {
        SchedEntity* best = nullptr;
        for (SchedEntity* entity = head_; entity != nullptr; entity = entity->next) {
            if (entity->budget > 0 && is_ready(*entity) &&
                (best == nullptr || outranks(*entity, *best))) {
                best = entity;
            }
        }
        return best;
    }
    void refill();
    void move_to_end(SchedEntity& entity);

    SchedEntity* head_ = nullptr;
    i64 slice_ = i64{1} << 62;
};

}  // namespace isthmus::core
