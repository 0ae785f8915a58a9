// SPDX-License-Identifier: Apache-2.0
#include "core/operator/prompt.hpp"

#include <algorithm>

#include "core/console/console.hpp"
#include "core/domain/domain.hpp"
#include "core/operator/answer.hpp"
#include "core/run/flight_recorder.hpp"
#include "core/run/scheduler.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

using Allowed = dom0less::Options::Prompt;

/// No guest has such a name (rule dom-name), and it is another writer than Isthmus's other lines:
/// these may come while a command is typed.
constexpr std::string_view writer = "isthmus>";
constexpr u64 rest = 9;  // times as long as a piece took, guests run
/// What stays free of Isthmus's part of the queue, for its other lines and the piece that is next.
constexpr u32 spare_lines = 9;
static_assert(spare_lines * TransmitPart::line_bytes < TransmitPart::own_bytes);
constexpr u64 pieces_in_second = 10'000;  // at most
constexpr u64 looks_in_second = 200;      // whether a slow UART has made room
constexpr u8 end_of_text = 0x03;

struct Prompt {
    static constexpr u32 kept_size = 128;  // a power of two

    CommandLine line;
    std::array<u8, kept_size> kept{};  ///< typed, and not looked at yet
    u32 head = 0;
    u32 tail = 0;
    u64 dropped = 0;
    bool is_shown = false;  ///< a line to type in stands on the console
    bool answers = false;
    OperatorAnswer answer;
    SoftTimer timer;
};
constinit Prompt prompt;

void name_domains() {
    TextBuffer<280> names;
    for (const Domain& domain : domains()) {
        print(names, " {}", domain.plan->name);
    }
    say("the domains are{}", names.view());
}

Domain* find_domain(std::string_view name) {
    for (Domain& domain : domains()) {
        if (domain.plan->name == name) {
            return &domain;
        }
    }
    return nullptr;
}

void refuse_unknown(std::string_view name) {
    const CommandWord* nearest = nearest_command(name);
    if (nearest != nullptr) {
        say("no command is called {}; did you mean {}?", name, nearest->name);
    } else {
        say("no command is called {}; help shows all", name);
    }
}

/// What stands in the line begins to be answered, or is refused at once.
void obey_line() {
    const TypedCommand typed = split_command(prompt.line.view());
    if (typed.name.empty()) {
        return;
    }
    const CommandWord* word = find_command(typed.name);
    if (word == nullptr) {
        refuse_unknown(typed.name);
        return;
    }
    if (word->controls && plan().options.prompt != Allowed::control) {
        say("{} is not allowed here: that takes isthmus,operator = \"control\" in /chosen",
            word->name);
        return;
    }
    Domain* const subject = find_domain(typed.argument);
    if (typed.has_more || word->takes_name == typed.argument.empty()) {
        say("{} takes {}", word->name, word->takes_name ? "the name of a domain" : "no more words");
    } else if (word->takes_name && subject == nullptr) {
        say("no domain is called {}", typed.argument);
        name_domains();
    } else {
        prompt.answer = OperatorAnswer(word->command, subject);
        prompt.answers = true;
    }
}

/// Takes what was typed up to the end of a line, and shows it once.
void edit_line() {
    const usize before = prompt.line.view().size();
    bool is_appended = true;
    bool is_complete = false;
    while (!is_complete && prompt.head != prompt.tail) {
        const u8 byte = prompt.kept[prompt.head++ % Prompt::kept_size];
        is_appended = is_appended && (byte >= ' ' || byte == '\r' || byte == '\n') && byte != 0x7f;
        is_complete = prompt.line.put(byte);
    }
    show_line(writer, prompt.line.view(), is_appended ? before : 0, is_complete, {}, own_part());
    prompt.is_shown = !is_complete;
    if (is_complete) {
        obey_line();
        prompt.line.clear();
    }
}

bool is_interrupted() {
    for (u32 at = prompt.head; at != prompt.tail; ++at) {
        if (prompt.kept[at % Prompt::kept_size] == end_of_text) {
            prompt.head = at + 1;
            return true;
        }
    }
    return false;
}

enum class Done : u8 { all, piece, nothing };

/// A piece of work, unless the UART has yet to take what was said before.
Done do_piece() {
    if (prompt.answers && is_interrupted()) {
        prompt.answers = false;
    }
    if (!own_part().fits(spare_lines)) {
        return Done::nothing;
    }
    if (prompt.answers) {
        prompt.answers = prompt.answer.step();
    } else if (prompt.dropped != 0) {
        say("{} typed bytes came too fast: dropped", prompt.dropped);
        prompt.dropped = 0;
    } else {
        edit_line();
        const bool more = prompt.answers || !prompt.is_shown || prompt.head != prompt.tail;
        return more ? Done::piece : Done::all;
    }
    return Done::piece;
}

void fire_prompt(SoftTimer& timer, void*) {
    PerCpu& cpu = this_cpu();
    const bool interrupts = cpu.current != nullptr;
    if (interrupts) {
        charge_turn(cpu, *cpu.current);
    }
    const u64 began = arch::counter();
    name_stretch(cpu, Stretch::piece);
    const Done done = do_piece();
    const u64 took = arch::counter() - began;
    if (done != Done::all) {
        const u64 frequency = arch::counter_frequency();
        const u64 pause = done == Done::piece ? std::max(rest * took, frequency / pieces_in_second)
                                              : frequency / looks_in_second;
        arm_timer(timer, began + took + pause);
    }
    if (interrupts) {
        skip_time(cpu);
        reconsider(cpu);  // the running turn ends later, or its domain has been stopped
    }
}

void wake() {
    if (!prompt.timer.armed) {
        arm_timer(prompt.timer, arch::counter());
    }
}

}  // namespace

bool has_prompt() {
    return plan().options.prompt != Allowed::off;
}

void reset_prompt() {
    prompt.line.clear();
    prompt.head = prompt.tail = 0;
    prompt.dropped = 0;
    prompt.answers = false;
    prompt.is_shown = false;
    if (prompt.timer.armed) {
        disarm_timer(prompt.timer);
    }
    prompt.timer.fire = fire_prompt;
}

void enter_prompt() {
    wake();
}

void type_at_prompt(u8 byte) {
    if (prompt.tail - prompt.head == Prompt::kept_size) {
        ++prompt.dropped;
    } else {
        prompt.kept[prompt.tail++ % Prompt::kept_size] = byte;
    }
    wake();
}

}  // namespace isthmus::core
