// SPDX-License-Identifier: Apache-2.0
#include "core/console.hpp"

#include "isthmus/arch.hpp"
#include "isthmus/log.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::core {
namespace {

constexpr std::string_view own_name = "isthmus";

/// Ends a guest's piece of a line that will be written again as a whole. Nothing to see
/// (ECMA-48, 8.3.41: erases behind the cursor, where nothing is), but whoever reads the console
/// with a program can leave the piece out.
constexpr std::string_view broken_off = "\x1b[0K";

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

/// A piece of a line. It `continues` what the terminal shows already when that is its own writer's
/// open line, and stands under the writer's name otherwise. The lock is held.
void write_piece(std::string_view name, std::string_view piece, bool continues, bool ended) {
    if (!continues) {
        break_open_line();
        arch::write_console(name);
        arch::write_console("| ");
    }
    arch::write_console(piece);
    if (ended) {
        arch::write_console("\r\n");
    }
    terminal.open_line = ended ? std::string_view() : name;
}

void write_parts(std::string_view name, std::string_view line, usize shown, bool ended) {
    const TerminalGuard guard;
    const bool continues = has_open_line(name) && shown != 0;
    const usize skipped = continues ? shown : 0;
    write_piece(name, {line.data() + skipped, line.size() - skipped}, continues, ended);
}

}  // namespace

void show_line(std::string_view name, std::string_view line, usize shown, bool ended) {
    write_parts(name, line, shown, ended);
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
        write_piece(own_name, line_.view(), is_open_ && has_open_line(own_name), ended);
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
    core::write_parts(core::own_name, line.view(), 0, true);
}

}  // namespace isthmus
