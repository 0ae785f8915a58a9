// SPDX-License-Identifier: Apache-2.0
#include "core/console/console.hpp"

#include "core/console/transmit.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::core {
namespace {

constexpr std::string_view own_name = "isthmus";

/// Ends a guest's piece of a line that will be written again as a whole. Nothing to see
/// (ECMA-48, 8.3.41: erases behind the cursor, where nothing is), but whoever reads the console
/// with a program can leave the piece out.
constexpr std::string_view broken_off = "\x1b[0K";
/// Erases, at the begin of the terminal's line, what has been broken off in it.
constexpr std::string_view erase = "\x1b[K";

/// What stands on the terminal.
struct Terminal {
    SpinLock lock;
    /// Who wrote the line the cursor is in; empty: column 0.
    std::string_view open_line ISTHMUS_GUARDED_BY(lock);
    Atomic<LogLevel> level{LogLevel::normal};
    Atomic<LogLevel> guest_level{LogLevel::normal};
    Atomic<LogStamps> stamps{LogStamps::none};
    Atomic<u64> stamps_from;  ///< arch::counter
    Atomic<bool> seized;  ///< by a panic, which writes without the lock: its holder may never go on
};
constinit Terminal terminal;

/// Held around every write. After a panic only for clang: whoever panics writes at once.
class ISTHMUS_SCOPED_LOCK TerminalGuard {
  public:
    TerminalGuard() ISTHMUS_ACQUIRES((terminal.lock)) ISTHMUS_UNCHECKED
        : held_(!terminal.seized.load()) {
        if (held_) {
            terminal.lock.lock();
        }
    }
    ~TerminalGuard() ISTHMUS_RELEASES ISTHMUS_UNCHECKED {
        if (held_) {
            terminal.lock.unlock();
        }
    }
    TerminalGuard(const TerminalGuard&) = delete;
    TerminalGuard& operator=(const TerminalGuard&) = delete;

  private:
    bool held_;
};

/// What one call writes, gathered, so that it goes into the queue in one piece.
using Output = TextBuffer<TransmitPart::line_bytes - 64>;

/// Counts the places that a text takes on the terminal, about: not all characters are one wide.
class Columns final : public TextSink {
  public:
    void write(std::string_view text) override {
        for (const char c : text) {
            count_ += (static_cast<u8>(c) & 0xc0) != 0x80 ? 1 : 0;
        }
    }
    usize count() const { return count_; }

  private:
    usize count_ = 0;
};

bool is_shown(LogKind kind) {
    if (kind == LogKind::guest) {
        return terminal.guest_level.load() >= LogLevel::warning;
    }
    return static_cast<u8>(kind) <= static_cast<u8>(terminal.level.load());
}

/// With `digits` digits at least.
void print_padded(TextSink& out, u64 number, unsigned digits) {
    u64 least = 10;
    for (unsigned i = 1; i < digits; ++i, least *= 10) {
        if (number < least) {
            out.write("0");
        }
    }
    print(out, "{}", number);
}

/// In front of one of Isthmus's lines, once it is known how fast the counter runs.
void write_stamp(TextSink& out) {
    const LogStamps stamps = terminal.stamps.load();
    const u64 frequency = arch::counter_frequency();
    if (stamps == LogStamps::none || frequency == 0) {
        return;
    }
    const u64 now = arch::counter();
    if (stamps == LogStamps::raw) {
        print(out, "[{}] ", now);
    } else {
        const u64 ticks = now - terminal.stamps_from.load();
        print(out, "[{5}.", ticks / frequency);
        print_padded(out, ticks % frequency * 1'000'000 / frequency, 6);
        out.write("] ");
    }
}

ISTHMUS_REQUIRES((terminal.lock)) bool has_open_line(std::string_view name) {
    return terminal.open_line.data() == name.data();
}

ISTHMUS_REQUIRES((terminal.lock)) void break_open_line(TextSink& out) {
    if (terminal.open_line.empty()) {
        return;
    }
    if (!has_open_line(own_name)) {  // ours goes on where it stopped
        out.write(broken_off);
    }
    out.write("\r\n");
}

/// The writer's name in front of a line or the rest of one.
ISTHMUS_REQUIRES((terminal.lock))
void begin_line(TextSink& out, std::string_view name, bool is_rest) {
    break_open_line(out);
    out.write(name);
    out.write(is_rest ? "|+" : "| ");
}

/// The line that the cursor is in has been ended, or stays open.
ISTHMUS_REQUIRES((terminal.lock))
void finish_piece(TextSink& out, std::string_view name, bool ended) {
    if (ended) {
        out.write("\r\n");
    }
    terminal.open_line = ended ? std::string_view() : name;
}

/// A guest's open line, to be written again in its place.
ISTHMUS_REQUIRES((terminal.lock)) void erase_open_line(TextSink& out) {
    out.write(broken_off);
    out.write("\r");
    out.write(erase);
    terminal.open_line = {};
}

void put_cursor_before(TextSink& out, std::string_view line, usize at, TextForm form) {
    Columns behind;
    write_visible(behind, line, at, form);
    for (usize i = 0; i < behind.count(); ++i) {
        out.write("\b");
    }
}

/// A line, or a piece of one, under our own name. `goes_on`: its begin has been shown.
void show_own(std::string_view text, bool goes_on, bool ended) {
    {
        const TerminalGuard guard;
        TextBuffer<512> out;
        if (!goes_on || !has_open_line(own_name)) {
            begin_line(out, own_name, goes_on);
        }
        if (!goes_on) {
            write_stamp(out);
        }
        out.write(text);
        finish_piece(out, own_name, ended);
        transmit(own_part(), out.view());
    }
    pump_console();
}

}  // namespace

void show_line(std::string_view name, std::string_view line, usize shown, bool ended,
               const LineLook& look, TransmitPart& part) {
    {
        const TerminalGuard guard;
        const bool is_own_open = has_open_line(name);
        const bool continues = is_own_open && shown != 0;
        Output out;
        if (is_own_open && !continues) {
            erase_open_line(out);
        }
        if (!continues) {
            begin_line(out, name, look.is_rest);
        }
        write_visible(out, line, continues ? shown : 0, look.form);
        if (look.cursor) {
            put_cursor_before(out, line, *look.cursor, look.form);
        }
        finish_piece(out, name, ended);
        transmit(part, out.view());
    }
    pump_console();
}

void LogText::write(std::string_view text) {
    for (const char c : text) {
        if (c == '\n') {
            show(true);
            continue;
        }
        line_.write({&c, 1});
        if (line_.view().size() == piece) {
            show(false);
        }
    }
}

void LogText::show(bool ended) {
    if (is_shown(kind_)) {
        show_own(line_.view(), is_open_, ended);
    }
    line_.clear();
    is_open_ = !ended;
}

void LogText::flush() {
    if (is_open_ || !line_.view().empty()) {
        show(true);
    }
}

void set_log_levels(LogLevel own, LogLevel guests) {
    terminal.level.store(own);
    terminal.guest_level.store(guests);
}
void unsilence_log() {
    if (terminal.level.load() < LogLevel::normal) {
        terminal.level.store(LogLevel::normal);
    }
}

void set_log_stamps(LogStamps stamps) {
    terminal.stamps_from.store(arch::counter());
    terminal.stamps.store(stamps);
}

void seize_console() {
    terminal.seized.store(true);
    seize_transmit_queue();
}

}  // namespace isthmus::core

namespace isthmus {

void log_line(LogKind kind, std::string_view format, std::span<const TextArg> args) {
    if (!core::is_shown(kind) && !core::terminal.seized.load()) {
        return;
    }
    TextBuffer<320> line;
    print_args(line, format, args);
    core::show_own(line.view(), false, true);
}

}  // namespace isthmus
