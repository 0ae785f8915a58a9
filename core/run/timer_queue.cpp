// SPDX-License-Identifier: Apache-2.0
#include "core/run/timer_queue.hpp"

#include "core/run/per_cpu.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {

void TimerQueue::unlink(SoftTimer& timer) {
    for (SoftTimer** link = &head_; *link != nullptr; link = &(*link)->next) {
        if (*link == &timer) {
            *link = timer.next;
            break;
        }
    }
    timer.armed = false;
}

void TimerQueue::arm(SoftTimer& timer, u64 deadline) {
    if (timer.armed) {
        unlink(timer);
    }
    SoftTimer** link = &head_;
    while (*link != nullptr && (*link)->deadline <= deadline) {
        link = &(*link)->next;
    }
    timer.deadline = deadline;
    timer.next = *link;
    timer.armed = true;
    *link = &timer;
}

void TimerQueue::disarm(SoftTimer& timer) {
    if (timer.armed) {
        unlink(timer);
    }
}

u64 TimerQueue::run(u64 now) {
    while (head_ != nullptr && head_->deadline <= now) {
        SoftTimer& due = *head_;
        unlink(due);
        due.fire(due, due.context);
    }
    return next_deadline();
}

void arm_timer(SoftTimer& timer, u64 deadline) {
    TimerQueue& timers = this_cpu().timers;
    timers.arm(timer, deadline);
    arch::set_deadline(timers.next_deadline());
}

void disarm_timer(SoftTimer& timer) {
    TimerQueue& timers = this_cpu().timers;
    timers.disarm(timer);
    arch::set_deadline(timers.next_deadline());
}

}  // namespace isthmus::core
