// SPDX-License-Identifier: Apache-2.0
#include "core/domain/answer.hpp"

namespace isthmus::core {

using dom0less::EndAnswer;
using dom0less::EndCause;

bool RestartTimes::may_restart(u64 now, u64 window) const {
    return ring_.empty() || count_ < ring_.size() || now - ring_[count_ % ring_.size()] >= window;
}

void RestartTimes::restarted(u64 now) {
    if (!ring_.empty()) {
        ring_[count_++ % ring_.size()] = now;
    }
}

std::optional<EndCause> cause_of(StopReason reason) {
    switch (reason) {
        case StopReason::power_off:
        case StopReason::all_vcpus_off:
        case StopReason::suspend:
            return EndCause::power_off;
        case StopReason::reset:
            return EndCause::reset;
        case StopReason::crash:
            return EndCause::crash;
        case StopReason::watchdog:
            return EndCause::watchdog;
        case StopReason::panic:
            return EndCause::panic;
        case StopReason::none:
        case StopReason::group:
        case StopReason::order:
        case StopReason::halt:
            break;
    }
    return {};
}

Answer answer_to(const dom0less::HealthPlan& plan, StopReason reason, const RestartTimes& times,
                 u64 now, u64 frequency) {
    const auto cause = cause_of(reason);
    const EndAnswer planned = cause ? plan.answer(*cause) : EndAnswer::stop;
    if (planned != EndAnswer::restart) {
        return {planned, false};
    }
    if (!plan.can_restart) {
        return {EndAnswer::stop, false};
    }
    return times.may_restart(now, plan.restart_seconds * frequency)
               ? Answer{EndAnswer::restart, false}
               : Answer{plan.on_restart_limit, true};
}

bool ended_badly(StopReason reason) {
    return reason == StopReason::reset || reason == StopReason::crash ||
           reason == StopReason::watchdog || reason == StopReason::panic;
}

namespace {

const char* reason_text(StopReason reason) {
    switch (reason) {
        case StopReason::power_off:
            return "powered off";
        case StopReason::reset:
            return "asked for a reset";
        case StopReason::crash:
            return "crashed";
        case StopReason::watchdog:
            return "did not feed its watchdog";
        case StopReason::panic:
            return "panicked";
        case StopReason::all_vcpus_off:
            return "turned its last vCPU off";
        case StopReason::suspend:
            return "asked to be suspended, and nobody could wake it";
        case StopReason::none:
        case StopReason::group:
        case StopReason::order:
        case StopReason::halt:
            break;
    }
    return "ended";
}

/// It has not ended by itself.
void print_ended_by_others(TextSink& out, const dom0less::HealthPlan& plan, StopReason reason,
                           bool restarts) {
    if (reason == StopReason::group) {
        print(out, "is {} with its group {}", restarts ? "restarted" : "stopped", plan.group);
    } else if (reason == StopReason::halt) {
        out.write("is stopped, as the machine is halted");
    } else {
        print(out, "is {} by order", restarts ? "restarted" : "stopped");
    }
}

const char* answer_text(EndAnswer answer) {
    switch (answer) {
        case EndAnswer::restart:
            return ": restarting";
        case EndAnswer::power_off:
            return ": switching the machine off";
        case EndAnswer::reset_machine:
            return ": resetting the machine";
        case EndAnswer::halt_machine:
            return ": halting the machine";
        case EndAnswer::stop:
        case EndAnswer::stop_group:
            break;
    }
    return ": stopped";
}

}  // namespace

void print_end(TextSink& out, const dom0less::HealthPlan& plan, StopReason reason,
               const Answer& answer) {
    if (!cause_of(reason)) {
        print_ended_by_others(out, plan, reason, answer.what == EndAnswer::restart);
        return;
    }
    out.write(reason_text(reason));
    if (reason != StopReason::power_off || answer.what != EndAnswer::stop || answer.is_over_limit) {
        out.write(answer_text(answer.what));
    }
    if (answer.what == EndAnswer::stop_group) {
        print(out, ", and its group {} with it", plan.group);
    }
    if (answer.is_over_limit) {
        print(out, ", as it was restarted {} times in {} s", plan.restart_count,
              plan.restart_seconds);
    }
}

}  // namespace isthmus::core
