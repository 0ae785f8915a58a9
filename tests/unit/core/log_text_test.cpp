// SPDX-License-Identifier: Apache-2.0
// Isthmus's own text on the console: every line under its name, and no letter lost.
#include <gtest/gtest.h>

#include "core/console/console.hpp"
#include "tests/unit/support/booted_machine.hpp"
#include "tests/unit/support/console_reader.hpp"

namespace isthmus::core {
namespace {

using test::fake;

class LogTextTest : public ::testing::Test {
  protected:
    LogTextTest() {
        test::booted();
        fake().take_output();
    }
};

TEST_F(LogTextTest, EachLineStandsUnderTheName) {
    {
        LogText out;
        out.write("one\ntw");
        out.write("o\nthree");
    }
    EXPECT_EQ(fake().take_output(), "isthmus| one\r\nisthmus| two\r\nisthmus| three\r\n");
}

TEST_F(LogTextTest, ALineOfAnyLengthIsShownWhole) {
    for (const std::size_t length : {319U, 320U, 321U, 640U, 1500U}) {
        const std::string line(length, 'x');
        {
            LogText out;
            out.write(line + "\nshort\n");
        }
        EXPECT_EQ(fake().take_output(), "isthmus| " + line + "\r\nisthmus| short\r\n") << length;
    }
}

TEST_F(LogTextTest, ALongLineWithoutItsEndIsEnded) {
    const std::string line(320, 'x');
    {
        LogText out;
        out.write(line);
    }
    EXPECT_EQ(fake().take_output(), "isthmus| " + line + "\r\n");
}

TEST_F(LogTextTest, WhoComesBetweenLosesNothing) {
    const std::string first(320, 'x');
    {
        LogText out;
        out.write(first);
        TransmitPart part;
        show_line("domU1", "hello", 0, true, {}, part);
        out.write("rest\n");
    }
    EXPECT_EQ(fake().take_output(), "isthmus| " + first + "\r\ndomU1| hello\r\nisthmus|+rest\r\n");
}

TEST_F(LogTextTest, LevelsSayWhichLinesAreShown) {
    const auto shown = [](LogLevel own, LogLevel guests) {
        set_log_levels(own, guests);
        log_as(LogKind::error, "e");
        log_as(LogKind::warning, "w");
        log("n");
        log_as(LogKind::debug, "d");
        log_as(LogKind::guest, "g");
        LogText(LogKind::warning).write("t\n");
        set_log_levels(LogLevel::normal, LogLevel::normal);
        test::ConsoleText text = test::read_console_text(fake().take_output());
        std::string letters;
        for (const std::string& line : text.lines["isthmus"]) {
            letters += line;
        }
        return letters;
    };
    EXPECT_EQ(shown(LogLevel::error, LogLevel::error), "e");
    EXPECT_EQ(shown(LogLevel::warning, LogLevel::error), "ewt");
    EXPECT_EQ(shown(LogLevel::normal, LogLevel::normal), "ewngt");
    EXPECT_EQ(shown(LogLevel::debug, LogLevel::error), "ewndt");
    EXPECT_EQ(shown(LogLevel::error, LogLevel::warning), "eg");
}

TEST_F(LogTextTest, StampsStandInFrontOfEachLine) {
    fake().now = 5'000'000;
    set_log_stamps(LogStamps::boot);
    fake().now += 12'034'567;  // of a MHz
    log("line");
    {
        LogText out;
        out.write(std::string(400, 'x'));
        out.write("\nsecond\n");
    }
    set_log_stamps(LogStamps::raw);
    log("raw");
    set_log_stamps(LogStamps::none);
    log("none");
    EXPECT_EQ(fake().take_output(), "isthmus| [   12.034567] line\r\nisthmus| [   12.034567] " +
                                        std::string(400, 'x') +
                                        "\r\nisthmus| [   12.034567] second\r\n"
                                        "isthmus| [17034567] raw\r\nisthmus| none\r\n");
}

}  // namespace
}  // namespace isthmus::core
