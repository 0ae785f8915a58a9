// SPDX-License-Identifier: Apache-2.0
// Isthmus's own text on the console: every line under its name, and no letter lost.
#include <gtest/gtest.h>

#include "core/console/console.hpp"
#include "tests/unit/support/booted_machine.hpp"

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

}  // namespace
}  // namespace isthmus::core
