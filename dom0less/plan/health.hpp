// SPDX-License-Identifier: Apache-2.0
// What follows when a guest ends (docs/supervision.md): an answer for each way to end, and how
// often it may be restarted.
#pragma once

#include <array>
#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::dom0less {

/// The ways in which a guest ends that a tree can answer.
enum class EndCause : u8 {
    power_off,  ///< it asked for it, turned its last vCPU off, or asked to be suspended
    reset,      ///< it asked for it
    crash,      ///< it said so, or does nothing any more but fault; an SError; no memory to run in
    watchdog,   ///< it did not refresh one
    panic,      ///< its kernel said so
};
inline constexpr usize end_causes = 5;
/// Of the tree and of what is printed, by EndCause: `isthmus,on-` and these.
inline constexpr std::array<std::string_view, end_causes> cause_names = {
    "poweroff", "reset", "crash", "watchdog", "panic"};

enum class EndAnswer : u8 {
    stop,        ///< it stays stopped
    restart,     ///< it is built again by the same plan, and starts
    stop_group,  ///< all of its group stop
    power_off,   ///< the machine is switched off
    reset_machine,
    halt_machine,  ///< no guest runs any more, and nothing is reset
};

inline constexpr usize end_answers = 6;
/// Of the tree and of what is printed, by EndAnswer.
inline constexpr std::array<std::string_view, end_answers> answer_names = {
    "stop", "restart", "stop-group", "poweroff-machine", "reset-machine", "halt-machine"};

/// Of one domain.
struct HealthPlan {
    EndAnswer on_power_off = EndAnswer::stop;
    EndAnswer on_reset = EndAnswer::stop;
    EndAnswer on_crash = EndAnswer::stop;
    EndAnswer on_watchdog = EndAnswer::stop;
    EndAnswer on_panic = EndAnswer::stop;
    /// At most so many restarts, whatever the cause, in any `restart_seconds`; 0: as many as it
    /// takes.
    u32 restart_count = 0;
    u32 restart_seconds = 0;
    /// What follows in the place of one restart more. Never `restart`.
    EndAnswer on_restart_limit = EndAnswer::stop;
    std::string_view group;  ///< domains with the same text belong together; empty: it is alone
    /// It can be built again: by an answer, or by the operator. Its modules stay as they are.
    /// False for Dom0, and with a device whose DMA nobody holds back.
    bool can_restart = true;

    constexpr bool operator==(const HealthPlan&) const = default;

    constexpr EndAnswer answer(EndCause cause) const {
        switch (cause) {
            case EndCause::power_off:
                return on_power_off;
            case EndCause::reset:
                return on_reset;
            case EndCause::crash:
                return on_crash;
            case EndCause::watchdog:
                return on_watchdog;
            case EndCause::panic:
                break;
        }
        return on_panic;
    }
    constexpr void set_answer(EndCause cause, EndAnswer answer) {
        switch (cause) {
            case EndCause::power_off:
                on_power_off = answer;
                break;
            case EndCause::reset:
                on_reset = answer;
                break;
            case EndCause::crash:
                on_crash = answer;
                break;
            case EndCause::watchdog:
                on_watchdog = answer;
                break;
            case EndCause::panic:
                on_panic = answer;
                break;
        }
    }
};

/// What is so where the tree says nothing: who asks for a reset gets one, and who stops stays
/// stopped. Dom0's end is the machine's.
constexpr HealthPlan default_health(bool is_dom0, bool can_restart) {
    HealthPlan plan;
    plan.can_restart = can_restart && !is_dom0;
    plan.on_power_off = is_dom0 ? EndAnswer::power_off : EndAnswer::stop;
    plan.on_reset = is_dom0            ? EndAnswer::reset_machine
                    : plan.can_restart ? EndAnswer::restart
                                       : EndAnswer::stop;
    return plan;
}

}  // namespace isthmus::dom0less
