// SPDX-License-Identifier: Apache-2.0
// What follows when a domain has stopped: its plan's answer to why it has, unless it was restarted
// too often (docs/supervision.md). Pure: the time is an argument.
#pragma once

#include <optional>
#include <span>

#include "core/domain/stop_reason.hpp"
#include "dom0less/plan/health.hpp"
#include "isthmus/text.hpp"

namespace isthmus::core {

/// When a domain was restarted last, for the limit on its restarts. Exact: as many times as the
/// limit counts are kept, 8 bytes each.
class RestartTimes {
  public:
    constexpr RestartTimes() = default;
    /// `ring`: one entry for each restart that the limit allows; empty: there is no limit.
    explicit RestartTimes(std::span<u64> ring) : ring_(ring) {}

    /// Whether one more at `now` is within the limit of ring.size() restarts in any `window` ticks.
    bool may_restart(u64 now, u64 window) const;
    void restarted(u64 now);

  private:
    std::span<u64> ring_;
    u64 count_ = 0;  ///< restarts so far; the oldest that is kept is at count_ % ring_.size()
};

/// The way to end that a tree answers; none for what others have decided.
std::optional<dom0less::EndCause> cause_of(StopReason reason);

struct Answer {
    dom0less::EndAnswer what = dom0less::EndAnswer::stop;
    bool is_over_limit = false;  ///< it would have been `restart`
};

/// Of a domain with this plan that has stopped at `now`. `frequency`: ticks in a second. A restart
/// is to be told to `times` when it begins.
Answer answer_to(const dom0less::HealthPlan& plan, StopReason reason, const RestartTimes& times,
                 u64 now, u64 frequency);

/// A kernel that has given up asks for a reset: its last words are wanted, too.
bool ended_badly(StopReason reason);

/// What is said of it, behind its name: "asked for a reset: restarting", "crashed: stopped, and its
/// group cabin with it", …
void print_end(TextSink& out, const dom0less::HealthPlan& plan, StopReason reason,
               const Answer& answer);

}  // namespace isthmus::core
