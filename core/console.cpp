// SPDX-License-Identifier: Apache-2.0
#include "core/console.hpp"

#include "core/domain.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/log.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::core {
namespace {

constexpr std::string_view own_name = "isthmus";

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

/// A piece of a line. It `continues` what the terminal shows already when that is its own writer's
/// open line, and stands under the writer's name otherwise. The lock is held.
void write_piece(std::string_view name, std::string_view piece, bool continues, bool ended) {
    if (!continues) {
        if (!terminal.open_line.empty()) {
            arch::write_console("\r\n");
        }
        arch::write_console(name);
        arch::write_console("| ");
    }
    arch::write_console(piece);
    if (ended) {
        arch::write_console("\r\n");
    }
    terminal.open_line = ended ? std::string_view() : name;
}

bool has_open_line(std::string_view name) {
    return terminal.open_line.data() == name.data();
}

void write_parts(std::string_view name, std::string_view line, usize shown, bool ended) {
    const TerminalGuard guard;
    const bool continues = has_open_line(name) && shown != 0;
    const usize skipped = continues ? shown : 0;
    write_piece(name, {line.data() + skipped, line.size() - skipped}, continues, ended);
}

/// Who gets what is typed: an index into domains().
struct Input {
    usize focus = 0;
    u8 switch_key = 1;
    u8 switch_count = 0;
};
constinit Input input;

constexpr u8 switch_presses = 3;

bool takes_input(const Domain& domain) {
    return domain.plan->uart.has_value();
}

void move_focus() {
    const std::span<Domain> all = domains();
    for (usize step = 1; step <= all.size(); ++step) {
        const usize next = (input.focus + step) % all.size();
        if (takes_input(all[next])) {
            input.focus = next;
            log("input goes to {} (Ctrl-{} three times moves it)", all[next].plan->name,
                static_cast<char>(input.switch_key + 'a' - 1));
            break;
        }
    }
}

void type(u8 byte) {
    if (byte == input.switch_key) {
        if (++input.switch_count == switch_presses) {
            input.switch_count = 0;
            move_focus();
        }
        return;
    }
    Domain& domain = domains()[input.focus];
    if (!takes_input(domain)) {
        input.switch_count = 0;
        return;
    }
    for (; input.switch_count != 0; --input.switch_count) {
        domain.console.type(domain, input.switch_key);  // it was meant for the guest after all
    }
    domain.console.type(domain, byte);
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

void start_input(char conswitch) {
    input.switch_key = static_cast<u8>(conswitch - 'a' + 1);
    input.focus = domains().size() - 1;
    if (!domains().empty()) {
        move_focus();
    }
}

void on_console_input() {
    arch::acknowledge_console();
    for (int byte = arch::read_console(); byte >= 0; byte = arch::read_console()) {
        if (!domains().empty()) {
            type(static_cast<u8>(byte));
        }
    }
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
