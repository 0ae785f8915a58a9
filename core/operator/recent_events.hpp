// SPDX-License-Identifier: Apache-2.0
// The last trace events of all CPUs, in the order of time, read from the rings (core/run/trace.hpp)
// while their CPUs go on writing.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/domain/domain.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/statistics_layout.hpp"
#include "isthmus/text.hpp"

namespace isthmus::core {

/// One event, and the CPU whose ring has it.
struct RecentEvent {
    u64 time = 0;  ///< arch::counter
    u32 cpu = 0;
    statistics::Kind kind = statistics::Kind::none;
    u32 domain = 0;  ///< its place among domains()
    u32 vcpu = 0;
    u32 argument = 0;
};

class RecentEvents {
  public:
    constexpr RecentEvents() = default;
    /// From the last `of_each_cpu` events of each ring on, up to what is written by now.
    explicit RecentEvents(u64 of_each_cpu);

    /// The oldest that was not given yet: a look at one event of each CPU. Nothing: that was all.
    std::optional<RecentEvent> next();
    /// When they were asked for; arch::counter.
    u64 asked() const { return asked_; }
    /// Events that were written over before they could be given.
    u64 lost() const { return lost_; }

  private:
    std::optional<RecentEvent> first_of(u32 cpu);

    std::array<u64, limits::cpus> next_{};  ///< by CPU: the number of its next event
    u64 asked_ = 0;                         ///< what comes later is not shown
    u64 lost_ = 0;
};

/// "guest-a vcpu0 runs", in the terms of docs/statistics.md.
TextBuffer<120> text_of(const RecentEvent& event);
/// "running": what a domain's state is called.
std::string_view state_word(Domain::State state);

}  // namespace isthmus::core
