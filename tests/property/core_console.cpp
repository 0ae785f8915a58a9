// SPDX-License-Identifier: Apache-2.0
// Two guests that send anything at all, in pieces of any size with pauses between, and lines of
// Isthmus: from the console's text alone, as docs/console.md describes it, it follows who said
// what, and nothing in it moves a terminal.
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/console/console.hpp"
#include "core/console/line.hpp"
#include "core/entry_points.hpp"
#include "isthmus/log.hpp"
#include "tests/unit/support/booted_machine.hpp"
#include "tests/unit/support/console_reader.hpp"

namespace isthmus::core {
namespace {

using test::fake;

/// Pieces of which hostile and honest output is made.
const std::vector<std::string> words{"a",
                                     "b",
                                     "<",
                                     "1b",
                                     ">",
                                     "<1b>",
                                     "| ",
                                     "|+",
                                     "isthmus| plan ok",
                                     "domU3| ",
                                     "\n",
                                     "\r\n",
                                     "\r",
                                     "\b",
                                     "\b \b",
                                     "\t",
                                     "\x1b",
                                     "[",
                                     "\x1b[K",
                                     "\x1b[0K",
                                     "\x1b[0K\r\n",
                                     "\x1b[J",
                                     "\x1b[2D",
                                     "\x1b[9C",
                                     "\x1b[3P",
                                     "\x1b[2@",
                                     "\x1b[6n",
                                     "\x1b[2J",
                                     "\x1b[c",
                                     "\x1b]52;c;?\a",
                                     "\x9b",
                                     "\xc2",
                                     "\xc2\x9b",
                                     "\u00fc",
                                     "\u4e16",
                                     "\U0001f600",
                                     "\xe2\x80",
                                     "\xae",
                                     "\xff",
                                     "\x7f",
                                     "\x8d",
                                     "\f",
                                     std::string(1, '\0'),
                                     std::string(100, 'x'),
                                     std::string(237, 'y')};

struct Writer {
    explicit Writer(usize index) : guest(index), name(guest.domain.plan->name) {}

    test::FreshGuest guest;
    std::string name;
    ConsoleLine line;  ///< tested by itself: what the guest's line should be
    bool is_rest = false;
    std::vector<std::string> lines;

    void keep(std::string_view text, bool is_rest_next) {
        if (is_rest) {
            lines.back() += text;
        } else {
            lines.emplace_back(text);
        }
        is_rest = is_rest_next;
    }
    void say(std::string_view text) {
        fake().cpu = guest.vcpu().host_cpu;
        for (const char c : text) {
            guest.domain.console.put(guest.vcpu(), c);
            if (!line.has_room_for(c)) {
                keep(line.piece(), true);
                line.cut();
            }
            if (line.put(c)) {
                keep(line.view(), false);
                line.clear();
            }
        }
    }
    void finish() {
        guest.domain.console.finish();
        line.give_up_sequence();
        if (!line.view().empty()) {
            keep(line.view(), false);
        }
    }
};

/// The rows of a terminal so wide that no line wraps, without those that were broken off.
std::vector<std::string> rows_of_terminal(std::string_view text) {
    std::vector<std::string> rows;
    std::string row;
    usize at = 0;
    bool broken = false;
    for (usize i = 0; i < text.size(); ++i) {
        const std::string_view rest = text.substr(i);
        if (rest.starts_with("\x1b[0K") || rest.starts_with("\x1b[K")) {
            broken = rest.starts_with("\x1b[0K");
            row.resize(at);
            i += broken ? 3 : 2;
        } else if (rest.front() == '\r') {
            at = 0;
        } else if (rest.front() == '\b') {
            at -= at != 0;
        } else if (rest.front() == '\n') {
            if (!broken) {
                rows.push_back(row);
            }
            row.clear();
            at = 0;
            broken = false;
        } else {
            row.resize(std::max(row.size(), at + 1));
            row[at++] = rest.front();
            broken = false;
        }
    }
    return rows;
}

RC_GTEST_PROP(ConsoleProperty, WhoSaidWhatFollowsFromTheText, ()) {
    test::booted();
    log("start");
    fake().take_output();
    Writer one(0);
    Writer two(2);
    usize logged = 0;
    for (const auto word : *rc::gen::scale(
             3.0, rc::gen::container<std::vector<u32>>(rc::gen::inRange<u32>(0, 1u << 16)))) {
        Writer& writer = (word & 1) != 0 ? one : two;
        const u32 what = word >> 1;
        if (what % 8 == 0) {
            writer.guest.domain.console.flush();
        } else if (what % 32 == 1) {
            log("line {} of ours", ++logged);
        } else if (what % 8 == 2) {
            const std::string byte(1, static_cast<char>(what >> 3));
            writer.say(byte);
        } else {
            writer.say(words[(what >> 3) % words.size()]);
        }
    }
    one.finish();
    two.finish();
    log("end");
    const std::string output = fake().take_output();
    const test::ConsoleText read = test::read_console_text(output);
    const auto lines_of = [&](const std::string& name) {
        const auto found = read.lines.find(name);
        std::vector<std::string> lines;
        return found == read.lines.end() ? lines : found->second;
    };
    // A last line that was shown, and then emptied by its guest, is ended as an empty one.
    const auto agrees = [&](const Writer& writer) {
        std::vector<std::string> lines = lines_of(writer.name);
        if (lines.size() == writer.lines.size() + 1 && lines.back().empty()) {
            lines.pop_back();
        }
        return lines == writer.lines;
    };
    RC_ASSERT(agrees(one));
    RC_ASSERT(agrees(two));
    RC_ASSERT(lines_of("isthmus").size() == logged + 1);
    for (const std::string& row : rows_of_terminal(output)) {
        RC_ASSERT(row.starts_with(one.name + "|") || row.starts_with(two.name + "|") ||
                  row.starts_with("isthmus| "));
    }
}

}  // namespace
}  // namespace isthmus::core
