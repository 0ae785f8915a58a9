// SPDX-License-Identifier: Apache-2.0
// The machine's console, shared by Isthmus and all guests: whole lines, each under the name of who
// wrote it; docs/console.md has their form. What is typed: console/input.hpp.
//
//   isthmus| plan ok
//   domU1| Booting Linux on physical CPU 0x0000000000
//   domU1|+the rest of a line that was too long
#pragma once

#include <optional>
#include <string_view>

#include "core/console/transmit.hpp"
#include "isthmus/log.hpp"
#include "isthmus/visible.hpp"

namespace isthmus::core {

struct LineLook {
    TextForm form = TextForm::utf8;
    bool is_rest = false;  ///< what precedes it stands in the writer's line before
    /// In front of this byte of the line the cursor is to stay; else behind the last.
    std::optional<usize> cursor = std::nullopt;
};

/// One guest's line as far as it goes; the first `shown` bytes are on the terminal already unless
/// somebody else's line came between. `ended`: the line is complete. With nothing shown, but the
/// writer's own line open, that is written again, in its place. `part`: the guest's, which has
/// room.
void show_line(std::string_view name, std::string_view line, usize shown, bool ended,
               const LineLook& look, TransmitPart& part);

/// Text of several lines under Isthmus's name, for tables. Lines are gathered and shown whole; one
/// that is longer than the buffer (a finding about a long path) is shown in pieces that follow each
/// other.
class LogText final : public TextSink {
  public:
    LogText() = default;
    explicit LogText(LogKind kind) : kind_(kind) {}
    ~LogText() { flush(); }
    LogText(const LogText&) = delete;
    LogText& operator=(const LogText&) = delete;

    void write(std::string_view text) override;

  private:
    void flush();
    void show(bool ended);

    static constexpr usize piece = 320;
    LogKind kind_ = LogKind::normal;
    TextBuffer<piece> line_;
    bool is_open_ = false;  ///< the line's first pieces have been shown
};

/// Which of Isthmus's lines are shown from now on, and which of those about what guests may not do.
/// A panic is shown, and what guests say.
void set_log_levels(LogLevel own, LogLevel guests);
/// From now on at least what is `normal`: something is wrong.
void unsilence_log();
/// What stands in front of Isthmus's lines from now on; LogStamps::boot counts from here.
void set_log_stamps(LogStamps stamps);
/// Breaks the console's lock: only from a panic, when all other CPUs are stopped.
void seize_console();

}  // namespace isthmus::core
