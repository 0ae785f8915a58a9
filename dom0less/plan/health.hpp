// SPDX-License-Identifier: Apache-2.0
// What follows when a guest ends (docs/supervision.md): an answer for each way to end, and how often
// it may be restarted.
#pragma once

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

enum class EndAnswer : u8 {
    stop,          ///< it stays stopped
    restart,       ///< it is built again by the same plan, and starts
    stop_group,    ///< all of its group stop
    power_off,     ///< the machine is switched off
    reset_machine,
    halt_machine,  ///< no guest runs any more, and nothing is reset
};

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
    bool can_restart = true;

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
};

}  // namespace isthmus::dom0less
