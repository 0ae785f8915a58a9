// SPDX-License-Identifier: Apache-2.0
#include "core/console/log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace isthmus::core {
namespace {

std::vector<std::string> lines(const ConsoleLog& log) {
    std::vector<std::string> result;
    log.for_each_line([&](std::string_view line, bool) { result.emplace_back(line); });
    EXPECT_EQ(result.size(), log.lines());
    return result;
}

TEST(ConsoleLog, KeepsLinesInOrder) {
    ConsoleLog log;
    EXPECT_TRUE(lines(log).empty());
    log.append("one");
    log.append("");
    log.append("three");
    EXPECT_EQ(lines(log), (std::vector<std::string>{"one", "", "three"}));
}

TEST(ConsoleLog, TheOldestMakeRoomAndLinesStayWhole) {
    ConsoleLog log;
    std::vector<std::string> written;
    for (usize i = 0; i < 3000; ++i) {
        written.push_back(std::to_string(i) + std::string(i * 37 % 200, 'x'));
        log.append(written.back());
        const auto kept = lines(log);
        usize bytes = 0;
        for (usize back = 0; back < kept.size(); ++back) {
            const std::string& line = written[written.size() - 1 - back];
            ASSERT_EQ(kept[kept.size() - 1 - back], line);
            bytes += line.size() + 1;
        }
        ASSERT_LE(bytes, ConsoleLog::size);
        // And no more than one line was dropped for lack of room.
        ASSERT_TRUE(kept.size() == written.size() || bytes + 204 > ConsoleLog::size);
    }
}

TEST(ConsoleLog, TheLongestLines) {
    ConsoleLog log;
    for (char c = 'a'; c <= 'z'; ++c) {
        for (int i = 0; i < 10; ++i) {
            log.append(std::string(ConsoleLog::line_size, c));
        }
    }
    EXPECT_EQ(log.lines(), ConsoleLog::size / (ConsoleLog::line_size + 1));
    EXPECT_EQ(lines(log).back(), std::string(ConsoleLog::line_size, 'z'));
}

TEST(ConsoleLog, WhatIsTheRestOfACutLine) {
    ConsoleLog log;
    const std::string rests = [&] {
        std::string marks;
        for (int i = 0; i < 100; ++i) {  // the oldest go, in the middle of a line at last
            log.append(std::string(200, 'x'), ConsoleLog::Kind::cut);
            log.append(std::string(200, 'y'), ConsoleLog::Kind::cut);
            log.append("z", ConsoleLog::Kind::whole);
            marks = "";
            log.for_each_line([&](std::string_view line, bool is_rest) {
                EXPECT_EQ(is_rest, line.front() != 'x');
                marks += line.front();
            });
        }
        return marks;
    }();
    EXPECT_TRUE(rests.ends_with("xyzxyz"));
}

}  // namespace
}  // namespace isthmus::core
