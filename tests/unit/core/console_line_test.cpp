// SPDX-License-Identifier: Apache-2.0
// What a line editor does to its line, and that nothing else happens.
#include "core/console/line.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace isthmus::core {
namespace {

ConsoleLine after(std::string_view text) {
    ConsoleLine line;
    for (const char c : text) {
        EXPECT_TRUE(line.has_room_for(c));
        EXPECT_FALSE(line.put(c));
    }
    return line;
}

/// The line, with | where the cursor is.
std::string edited(std::string_view text) {
    const ConsoleLine line = after(text);
    std::string shown(line.view());
    return shown.insert(line.cursor(), "|");
}

TEST(ConsoleLine, TextIsAdded) {
    EXPECT_EQ(edited("# ls\t"), "# ls\t|");
    EXPECT_EQ(edited("\u00fc\xff"), "\u00fc\xff|");
    ConsoleLine line = after("# ls");
    EXPECT_TRUE(line.put('\n'));
    EXPECT_EQ(line.view(), "# ls");
}

TEST(ConsoleLine, ALineEditorsWork) {
    EXPECT_EQ(edited("ls\b"), "l|s");
    EXPECT_EQ(edited("ls\b \b"), "l| ");
    EXPECT_EQ(edited("ls\b\x1b[J"), "l|");
    EXPECT_EQ(edited("ls\b\x1b[K"), "l|");
    EXPECT_EQ(edited("ls\b\x1b[0K"), "l|");
    EXPECT_EQ(edited("ls\rx"), "x|s");
    EXPECT_EQ(edited("ls -l\x1b[2D"), "ls |-l");
    EXPECT_EQ(edited("ls -l\r\x1b[C\x1b[2C"), "ls |-l");
    EXPECT_EQ(edited("ls -l\r\x1b[P"), "|s -l");
    EXPECT_EQ(edited("ls -l\r\x1b[2P"), "| -l");
    EXPECT_EQ(edited("ls\r\x1b[2@"), "|  ls");
    EXPECT_EQ(edited("# \x1b[6n\a\x1b[?2004h\x1b[?2004l"), "# |");
    EXPECT_EQ(edited(std::string_view("a\0b", 3)), "ab|");
}

TEST(ConsoleLine, NothingLeadsOutOfTheLine) {
    EXPECT_EQ(edited("a\b\b\bb"), "b|");
    EXPECT_EQ(edited("a\x1b[9999Db"), "b|");
    EXPECT_EQ(edited("a\x1b[9999Cb"), "ab|");
    EXPECT_EQ(edited("a\x1b[9999@\x1b[9999P"), "a|");
    EXPECT_EQ(edited("\b\r\x1b[P\x1b[K"), "|");
}

TEST(ConsoleLine, AnythingElseIsText) {
    for (const std::string_view text : {"\x1b[2J",
                                        "\x1b[31m",
                                        "\x1b[H",
                                        "\x1b[A",
                                        "\x1b[c",
                                        "\x1bZ",
                                        "\x1b]52;c;?",
                                        "\x1b[1K",
                                        "\x1b[?6n",
                                        "\x1b[?25l",
                                        "\x1b[5n",
                                        "\x1b[00006n",
                                        "\x1b[6;6n",
                                        "\x1b[?1?",
                                        "\x1b[?2004?",
                                        "\x1bP$q",
                                        "\x1b\x1b(0",
                                        "\x9b"
                                        "6n",
                                        "\xc2\x9b"
                                        "6n",
                                        "\x7f",
                                        "\v\f\x1a"}) {
        EXPECT_EQ(edited(text), std::string(text) + "|") << text;
    }
}

TEST(ConsoleLine, ASequenceThatIsBrokenOffIsText) {
    ConsoleLine line = after("a\x1b[12");
    EXPECT_EQ(line.view(), "a");
    line.give_up_sequence();
    EXPECT_EQ(line.view(), "a\x1b[12");
    line = after("a\x1b[");
    EXPECT_TRUE(line.put('\n'));
    EXPECT_EQ(line.view(), "a\x1b[");
    EXPECT_EQ(edited("a\x1b[1\b"), "a\x1b[|1");
    EXPECT_EQ(edited("a\x1b[\x1b[K"), "a\x1b[|");
}

TEST(ConsoleLine, ACharacterIsOneStep) {
    EXPECT_EQ(edited("a\u00fc\u4e16\b"), "a\u00fc|\u4e16");
    EXPECT_EQ(edited("a\u00fc\u4e16\b\b\b"), "|a\u00fc\u4e16");
    EXPECT_EQ(edited("\u4e16x\r\u00fc"), "\u00fc|x");
    EXPECT_EQ(edited("\u4e16x\r\x1b[C"), "\u4e16|x");
    EXPECT_EQ(edited("\u4e16x\r\x1b[P"), "|x");
}

TEST(ConsoleLine, WhatTheTerminalHas) {
    ConsoleLine line = after("# ls");
    EXPECT_TRUE(line.is_changed());
    line.set_shown(4);
    EXPECT_FALSE(line.is_changed());
    EXPECT_EQ(line.shown(), 4u);
    for (const char c : std::string_view("\r# ls x")) {  // the same again, and more
        line.put(c);
    }
    EXPECT_TRUE(line.is_changed());
    EXPECT_EQ(line.shown(), 4u);
    line.put('\b');
    line.put('y');
    EXPECT_EQ(line.shown(), 4u);
    line.put('\r');
    line.put('y');
    EXPECT_EQ(line.shown(), 0u);
    line.set_shown(6);  // with the cursor behind y
    EXPECT_EQ(line.shown(), 0u);
    line.clear();
    EXPECT_FALSE(line.is_open());
}

TEST(ConsoleLine, AnEmptiedLineIsStillOpen) {
    ConsoleLine line = after("#");
    line.set_shown(1);
    line.put('\r');
    for (const char c : std::string_view("\x1b[K")) {
        line.put(c);
    }
    EXPECT_EQ(line.view(), "");
    EXPECT_TRUE(line.is_changed());
    EXPECT_TRUE(line.is_open());
}

TEST(ConsoleLine, ALongOneIsCutBetweenCharacters) {
    const auto cut_at = [](std::string text) {
        text.insert(0, ConsoleLine::size - text.size(), 'x');
        ConsoleLine line = after(text);
        EXPECT_FALSE(line.has_room_for('y'));
        EXPECT_TRUE(line.has_room_for('\n'));
        EXPECT_TRUE(line.has_room_for('\b'));
        const usize piece = line.piece().size();
        line.cut();
        EXPECT_EQ(text.substr(piece), line.view());
        EXPECT_EQ(line.cursor(), line.view().size());
        return std::string(line.view());
    };
    EXPECT_EQ(cut_at("abc"), "");
    EXPECT_EQ(cut_at("\xe4\xb8"), "\xe4\xb8");
    EXPECT_EQ(cut_at("<1b"), "<1b");
    EXPECT_EQ(cut_at("<1"), "<1");
    EXPECT_EQ(cut_at("\xf0\x9f\x98"), "\xf0\x9f\x98");
}

/// The same in a few words: a list of characters and a place in it.
struct Model {
    std::vector<std::string> cells;
    usize at = 0;

    void type(const std::string& cell) {
        cells.resize(std::max(cells.size(), at + 1));
        cells[at++] = cell;
    }
    std::string text() const {
        std::string all;
        for (const std::string& cell : cells) {
            all += cell;
        }
        return all;
    }
};

/// Every order of up to five of these, against the model.
TEST(ConsoleLine, EveryOrderOfEdits) {
    struct Edit {
        std::string_view sent;
        void (*apply)(Model& model);
    };
    const std::vector<Edit> edits{
        {"a", [](Model& m) { m.type("a"); }},
        {"\u00fc", [](Model& m) { m.type("\u00fc"); }},
        {"\u4e16", [](Model& m) { m.type("\u4e16"); }},
        {"\b", [](Model& m) { m.at -= m.at != 0; }},
        {"\r", [](Model& m) { m.at = 0; }},
        {"\x1b[K", [](Model& m) { m.cells.resize(m.at); }},
        {"\x1b[2C", [](Model& m) { m.at = std::min(m.at + 2, m.cells.size()); }},
        {"\x1b[P",
         [](Model& m) {
             if (m.at < m.cells.size()) {
                 m.cells.erase(m.cells.begin() + static_cast<std::ptrdiff_t>(m.at));
             }
         }},
        {"\x1b[@",
         [](Model& m) {
             if (m.at < m.cells.size()) {
                 m.cells.insert(m.cells.begin() + static_cast<std::ptrdiff_t>(m.at), " ");
             }
         }},
    };
    const auto all = [&](const auto& self, const ConsoleLine& line, const Model& model,
                         usize left) -> void {
        ASSERT_EQ(line.view(), model.text());
        for (usize i = 0; left != 0 && i < edits.size(); ++i) {
            ConsoleLine next = line;
            for (const char c : edits[i].sent) {
                next.put(c);
            }
            Model expected = model;
            edits[i].apply(expected);
            self(self, next, expected, left - 1);
        }
    };
    all(all, ConsoleLine(), Model(), 5);
}

TEST(ConsoleLine, RawTextIsKeptAsItIs) {
    ConsoleLine line;
    for (const char c : std::string_view("a\x1b[K\b\a\0\rb", 9)) {
        EXPECT_FALSE(line.put_raw(c));
    }
    EXPECT_EQ(line.view(), "a\x1b[K\b\ab");
    EXPECT_TRUE(line.put_raw('\n'));
}

}  // namespace
}  // namespace isthmus::core
