// SPDX-License-Identifier: Apache-2.0
#include "core/console/console.hpp"

#include "isthmus/arch/console.hpp"
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
    std::string_view open_line;  ///< who wrote the line the cursor is in; empty: column 0
    bool silent = false;
    bool seized = false;
};
constinit Terminal terminal;

/// Held around every write; a panic does without.
class TerminalGuard {
  public:
    TerminalGuard() : held_(!terminal.seized) {
        if (held_) {
            terminal.lock.lock();
        }
    }
    ~TerminalGuard() {
        if (held_) {
            terminal.lock.unlock();
        }
    }
    TerminalGuard(const TerminalGuard&) = delete;
    TerminalGuard& operator=(const TerminalGuard&) = delete;

  private:
    bool held_;
};

class Output final : public TextSink {
  public:
    void write(std::string_view text) override { arch::write_console(text); }
};

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

bool has_open_line(std::string_view name) {
    return terminal.open_line.data() == name.data();
}

void break_open_line() {
    if (terminal.open_line.empty()) {
        return;
    }
    if (!has_open_line(own_name)) {  // ours goes on where it stopped
        arch::write_console(broken_off);
    }
    arch::write_console("\r\n");
}

/// The writer's name in front of a line or the rest of one. The lock is held.
void begin_line(std::string_view name, bool is_rest) {
    break_open_line();
    arch::write_console(name);
    arch::write_console(is_rest ? "|+" : "| ");
}

/// The line that the cursor is in has been ended, or stays open. The lock is held.
void finish_piece(std::string_view name, bool ended) {
    if (ended) {
        arch::write_console("\r\n");
    }
    terminal.open_line = ended ? std::string_view() : name;
}

/// A guest's open line, to be written again in its place.
void erase_open_line() {
    arch::write_console(broken_off);
    arch::write_console("\r");
    arch::write_console(erase);
    terminal.open_line = {};
}

void put_cursor_before(std::string_view line, usize at, TextForm form) {
    Columns behind;
    write_visible(behind, line, at, form);
    for (usize i = 0; i < behind.count(); ++i) {
        arch::write_console("\b");
    }
}

}  // namespace

void show_line(std::string_view name, std::string_view line, usize shown, bool ended,
               const LineLook& look) {
    const TerminalGuard guard;
    const bool is_own_open = has_open_line(name);
    const bool continues = is_own_open && shown != 0;
    if (is_own_open && !continues) {
        erase_open_line();
    }
    if (!continues) {
        begin_line(name, look.is_rest);
    }
    Output output;
    write_visible(output, line, continues ? shown : 0, look.form);
    if (look.cursor) {
        put_cursor_before(line, *look.cursor, look.form);
    }
    finish_piece(name, ended);
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
    if (!terminal.silent) {
        const TerminalGuard guard;
        if (!is_open_ || !has_open_line(own_name)) {
            begin_line(own_name, is_open_);
        }
        arch::write_console(line_.view());
        finish_piece(own_name, ended);
    }
    line_.clear();
    is_open_ = !ended;
}

void LogText::flush() {
    if (is_open_ || !line_.view().empty()) {
        show(true);
    }
}

void silence_log() {
    terminal.silent = true;
}
void unsilence_log() {
    terminal.silent = false;
}

void seize_console() {
    terminal.seized = true;
}

}  // namespace isthmus::core

namespace isthmus {

void log_line(std::string_view format, std::span<const TextArg> args) {
    if (core::terminal.silent && !core::terminal.seized) {
        return;
    }
    TextBuffer<320> line;
    print_args(line, format, args);
    const core::TerminalGuard guard;
    core::begin_line(core::own_name, false);
    arch::write_console(line.view());
    core::finish_piece(core::own_name, true);
}

}  // namespace isthmus
