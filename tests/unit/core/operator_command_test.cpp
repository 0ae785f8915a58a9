// SPDX-License-Identifier: Apache-2.0
// What an operator types: the line, its words, and names that are nearly right.
#include <gtest/gtest.h>

#include "core/operator/command.hpp"

namespace isthmus::core {
namespace {

std::string typed(std::string_view keys) {
    CommandLine line;
    for (const char key : keys) {
        if (line.put(static_cast<u8>(key))) {
            return std::string(line.view()) + "!";
        }
    }
    return std::string(line.view());
}

TEST(CommandLine, IsEdited) {
    EXPECT_EQ(typed("domains\r"), "domains!");
    EXPECT_EQ(typed("cpus\n"), "cpus!");
    EXPECT_EQ(typed("cpux\bs"), "cpus");
    EXPECT_EQ(typed("cpux\x7fs"), "cpus");
    EXPECT_EQ(typed("\b\bhelp"), "help");
    EXPECT_EQ(typed("stop a\x15help"), "help");
    EXPECT_EQ(typed("stop a\x03help"), "help");
}

TEST(CommandLine, KeepsOnlyWhatATerminalMayBeGiven) {
    EXPECT_EQ(typed("a\x1b[2J\tb\x01\x9b\xc3\xa4"), "a[2Jb");
    std::string keys(500, 'x');
    EXPECT_EQ(typed(keys).size(), CommandLine::size);
    keys.push_back('\r');
    EXPECT_EQ(typed(keys).size(), CommandLine::size + 1);
}

TEST(Command, IsTwoWordsAtMost) {
    EXPECT_EQ(split_command("").name, "");
    EXPECT_EQ(split_command("   ").name, "");
    const TypedCommand typed = split_command("  log   guest-a ");
    EXPECT_EQ(typed.name, "log");
    EXPECT_EQ(typed.argument, "guest-a");
    EXPECT_FALSE(typed.has_more);
    EXPECT_TRUE(split_command("log a b").has_more);
}

TEST(Command, IsFoundByItsWholeName) {
    for (const CommandWord& word : command_words()) {
        EXPECT_EQ(find_command(word.name), &word);
    }
    EXPECT_EQ(find_command("dom"), nullptr);
    EXPECT_EQ(find_command(""), nullptr);
}

TEST(Command, NearlyRightOnesHaveANearest) {
    const auto nearest = [](std::string_view name) {
        const CommandWord* word = nearest_command(name);
        return word == nullptr ? std::string_view() : word->name;
    };
    EXPECT_EQ(nearest("domain"), "domains");
    EXPECT_EQ(nearest("resmue"), "resume");
    EXPECT_EQ(nearest("satrt"), "start");
    EXPECT_EQ(nearest("hepl"), "help");
    EXPECT_EQ(nearest("reboot"), "");
    EXPECT_EQ(nearest("xy"), "");
    EXPECT_EQ(nearest(std::string(96, 'o')), "");
}

TEST(Command, OnlyThoseThatChangeSomethingControl) {
    std::string control;
    for (const CommandWord& word : command_words()) {
        control += word.controls ? std::string(word.name) + " " : "";
    }
    EXPECT_EQ(control, "stop start restart pause resume ");
}

}  // namespace
}  // namespace isthmus::core
