// SPDX-License-Identifier: Apache-2.0
// The answer to an operator's command, in pieces.
#pragma once

#include "core/audit/live_audit.hpp"
#include "core/console/log.hpp"
#include "core/memory/region_account.hpp"
#include "core/operator/command.hpp"
#include "core/operator/recent_events.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {

struct Domain;

/// One line of an answer, shown whatever the log's level.
template <class... Args>
void say(std::string_view format, const Args&... args) {
    log_as(LogKind::error, format, args...);
}

/// The time that a domain's vCPUs, or those of a CPU, had when somebody asked.
struct ShareSample {
    u64 ran = 0;
    u64 at = 0;  ///< arch::counter
};

class OperatorAnswer {
  public:
    constexpr OperatorAnswer() = default;
    /// `subject`: what the command is about; nullptr for those that take no name.
    OperatorAnswer(Command command, Domain* subject) : command_(command), subject_(subject) {}

    /// One line at most, or a bounded piece of work. False: that was all. Any CPU, always the same.
    bool step();

  private:
    bool show_help();
    bool show_domain();
    bool show_region();
    bool show_doorbell();
    bool show_log();
    bool show_cpu();
    bool show_change();
    bool begin_events();
    bool show_event();
    bool audit_piece();
    void order();

    Command command_ = Command::help;
    Domain* subject_ = nullptr;
    usize at_ = 0;    ///< the domain, region or CPU that comes next
    usize part_ = 0;  ///< of it
    RegionWalk walk_;
    u64 seen_ = 0;
    LiveAudit audit_;
    RecentEvents events_;
    ConsoleLog::Place place_;
};

}  // namespace isthmus::core
