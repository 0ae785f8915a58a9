// SPDX-License-Identifier: Apache-2.0
// What guests say, in lines under their names; and Isthmus's own lines between.
#include "core/console/guest_console.hpp"

#include <gtest/gtest.h>

#include "core/console/console.hpp"
#include "core/entry_points.hpp"
#include "isthmus/log.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

class GuestConsoleTest : public ::testing::Test {
  protected:
    GuestConsoleTest() {
        log("start");  // whatever stood on the terminal before is ended
        fake().take_output();
    }
    /// On the vCPU's own CPU.
    static void say(test::FreshGuest& guest, std::string_view text) {
        fake().cpu = guest.vcpu().host_cpu;
        for (const char c : text) {
            guest.domain.console.put(guest.vcpu(), c);
        }
    }
    /// Lets time pass on a guest's CPU until its next deadline.
    static void wait(test::FreshGuest& guest) {
        fake().cpu = guest.vcpu().host_cpu;
        fake().now = fake().here().deadline;
        on_deadline(this_cpu());
    }

    static void show_log(test::FreshGuest& guest) {
        ConsoleLog::Place place;
        while (guest.domain.console.show_log(place)) {
        }
    }

    test::FreshGuest one{0};
    test::FreshGuest two{2};
};

TEST_F(GuestConsoleTest, WholeLinesUnderTheName) {
    say(one, "Booting\r\nLinux\n");
    EXPECT_EQ(fake().take_output(), "domU1| Booting\r\ndomU1| Linux\r\n");
}

TEST_F(GuestConsoleTest, AnUnfinishedLineIsShownAfterAMomentAndGoesOn) {
    say(one, "login: ");
    EXPECT_EQ(fake().take_output(), "");
    EXPECT_EQ(fake().here().deadline, fake().now + fake().frequency / 50);
    wait(one);
    EXPECT_EQ(fake().take_output(), "domU1| login: ");
    say(one, "root\n");
    EXPECT_EQ(fake().take_output(), "root\r\n");
}

TEST_F(GuestConsoleTest, AShownLineIsWrittenAgainWhenAnotherCameBetween) {
    say(one, "# ");
    wait(one);
    say(two, "hello\n");
    say(one, "ls\n");
    EXPECT_EQ(fake().take_output(), "domU1| # \x1b[0K\r\ndomU3| hello\r\ndomU1| # ls\r\n");
}

TEST_F(GuestConsoleTest, LinesOfTwoGuestsDoNotMix) {
    for (const char c : std::string_view("abc\n")) {
        say(one, {&c, 1});
        say(two, {&c, 1});
    }
    EXPECT_EQ(fake().take_output(), "domU1| abc\r\ndomU3| abc\r\n");
}

TEST_F(GuestConsoleTest, IsthmussOwnLineEndsAPromptFirst) {
    say(one, "# ");
    wait(one);
    log("something {}", 7u);
    EXPECT_EQ(fake().take_output(), "domU1| # \x1b[0K\r\nisthmus| something 7\r\n");
}

TEST_F(GuestConsoleTest, ALongLineIsBroken) {
    const std::string text(500, 'x');
    say(one, text + "\n");
    EXPECT_EQ(fake().take_output(), "domU1| " + text.substr(0, 240) + "\r\ndomU1|+" +
                                        text.substr(0, 240) + "\r\ndomU1|+" + text.substr(0, 20) +
                                        "\r\n");
}

TEST_F(GuestConsoleTest, AFullLineIsNoLongOne) {
    const std::string text(240, 'x');
    say(one, text + "\r\n" + text + "\r\n");
    EXPECT_EQ(fake().take_output(), "domU1| " + text + "\r\ndomU1| " + text + "\r\n");
}

TEST_F(GuestConsoleTest, CarriageReturnsBeforeTheEndAndZerosAreDropped) {
    say(one, std::string_view("\0ab\r\0\r\n", 7));
    EXPECT_EQ(fake().take_output(), "domU1| ab\r\n");
}

TEST_F(GuestConsoleTest, NoControlCharacterOfAGuestIsPassedOn) {
    say(one, "\x1b[2J\x1b[Histhmus| all is well\n");
    say(one,
        "a\x1b[0K\v\x1b]0;x\a\xc2\x9b"
        "6n\n");
    EXPECT_EQ(fake().take_output(),
              "domU1| <1b>[2J<1b>[Histhmus| all is well\r\n"
              "domU1| a<0b><1b>]0;x<c2><9b>6n\r\n");
}

TEST_F(GuestConsoleTest, RawTextIsPassedOn) {
    one.domain.console.init("domU1", TextForm::raw);
    say(one, "\x1b[2J\b\r\xff\n");
    EXPECT_EQ(fake().take_output(), "domU1| \x1b[2J\b\xff\r\n");
}

TEST_F(GuestConsoleTest, AnEditedLineIsWrittenAgainInItsPlace) {
    say(one, "# lx");
    wait(one);
    say(one, "\b \b");
    wait(one);
    say(one, "s");
    wait(one);
    say(one, "\r\n");
    EXPECT_EQ(fake().take_output(),
              "domU1| # lx"
              "\x1b[0K\r\x1b[KdomU1| # l \b"
              "\x1b[0K\r\x1b[KdomU1| # ls\r\n");
}

TEST_F(GuestConsoleTest, AnEditBeforeItIsShownIsNotSeen) {
    say(one, "# lx\b\x1b[J");
    wait(one);
    EXPECT_EQ(fake().take_output(), "domU1| # l");
    say(one, "\r# l");  // an editor writes its line again
    one.domain.console.flush();
    EXPECT_EQ(fake().take_output(), "");
}

TEST_F(GuestConsoleTest, ACharacterWaitsForItsRest) {
    say(one, "\xe4\xb8");
    wait(one);
    EXPECT_EQ(fake().take_output(), "");
    say(one, "\x96");
    wait(one);
    EXPECT_EQ(fake().take_output(), "domU1| \u4e16");
    say(one, "\xe4\n");
    EXPECT_EQ(fake().take_output(), "<e4>\r\n");
}

TEST_F(GuestConsoleTest, EmptyLinesAreLines) {
    say(one, "\n\n");
    EXPECT_EQ(fake().take_output(), "domU1| \r\ndomU1| \r\n");
}

TEST_F(GuestConsoleTest, TheEndFinishesWhatIsOpen) {
    say(one, "last words");
    one.domain.console.finish();
    one.domain.console.finish();
    EXPECT_EQ(fake().take_output(), "domU1| last words\r\n");
}

TEST_F(GuestConsoleTest, NothingNewIsShownTwice) {
    say(one, "wait");
    one.domain.console.flush();
    one.domain.console.flush();
    EXPECT_EQ(fake().take_output(), "domU1| wait");
}

TEST_F(GuestConsoleTest, TheLogIsShownUnderANameOfItsOwn) {
    say(one, "Booting\nOops: 1");
    one.domain.console.finish();
    say(two, "hello\n");
    fake().take_output();
    show_log(one);
    EXPECT_EQ(fake().take_output(),
              "isthmus| the last 2 lines that domU1 wrote:\r\n"
              "domU1 (log)| Booting\r\n"
              "domU1 (log)| Oops: 1\r\n"
              "isthmus| end of what domU1 wrote\r\n");
}

TEST_F(GuestConsoleTest, TheLogShowsTextAsTheConsoleDoes) {
    say(one, "\x1b[2J\n" + std::string(241, 'x') + "\n");
    fake().take_output();
    ConsoleLog::Place place;
    while (one.domain.console.show_log(place)) {
    }
    EXPECT_EQ(fake().take_output(),
              "isthmus| the last 3 lines that domU1 wrote:\r\n"
              "domU1 (log)| <1b>[2J\r\n"
              "domU1 (log)| " +
                  std::string(240, 'x') +
                  "\r\n"
                  "domU1 (log)|+x\r\n"
                  "isthmus| end of what domU1 wrote\r\n");
}

TEST_F(GuestConsoleTest, AnEmptyLogIsNotShown) {
    show_log(one);
    EXPECT_EQ(fake().take_output(), "");
}

TEST_F(GuestConsoleTest, LogTextGathersLines) {
    {
        LogText out;
        print(out, "first {}", 1u);
        print(out, " half\nsecond\nthird");
        EXPECT_EQ(fake().take_output(), "isthmus| first 1 half\r\nisthmus| second\r\n");
    }
    EXPECT_EQ(fake().take_output(), "isthmus| third\r\n");
}

TEST_F(GuestConsoleTest, ASilentLogLeavesTheGuestsWordsAlone) {
    set_log_levels(LogLevel::error, LogLevel::error);
    log("unheard");
    say(one, "heard\n");
    unsilence_log();
    EXPECT_EQ(fake().take_output(), "domU1| heard\r\n");
    log("again");
    EXPECT_EQ(fake().take_output(), "isthmus| again\r\n");
}

}  // namespace
}  // namespace isthmus::core
