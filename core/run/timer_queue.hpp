// SPDX-License-Identifier: Apache-2.0
// Deadlines of one CPU, on its one hardware timer. A timer belongs to the CPU that armed it.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

/// Embedded in what it serves. `fire` runs on the CPU that armed it, disarmed, and may arm again.
struct SoftTimer {
    u64 deadline = 0;  ///< of arch::counter
    void (*fire)(SoftTimer& timer, void* context) = nullptr;
    void* context = nullptr;
    SoftTimer* next = nullptr;
    bool armed = false;
};

/// A list sorted by deadline; few timers are armed at a time. Not locked: one CPU only.
class TimerQueue {
  public:
    constexpr TimerQueue() = default;

    /// Arms, or moves when armed already.
    void arm(SoftTimer& timer, u64 deadline);
    void disarm(SoftTimer& timer);
    /// Fires all that are due at `now` and returns the next deadline, ~0 when there is none.
    u64 run(u64 now);
    u64 next_deadline() const { return head_ == nullptr ? ~u64{0} : head_->deadline; }

  private:
    void unlink(SoftTimer& timer);

    SoftTimer* head_ = nullptr;
};

/// The same on the calling CPU, with the hardware timer set to match.
void arm_timer(SoftTimer& timer, u64 deadline);
void disarm_timer(SoftTimer& timer);

}  // namespace isthmus::core
