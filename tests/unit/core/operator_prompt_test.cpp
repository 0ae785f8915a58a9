// SPDX-License-Identifier: Apache-2.0
// Isthmus's own place in the round of the console's input.
#include "core/operator/prompt.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/console/console.hpp"
#include "core/console/input.hpp"
#include "core/console/transmit.hpp"
#include "core/entry_points.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/operator/answer.hpp"
#include "core/run/per_cpu.hpp"
#include "tests/unit/support/booted_machine.hpp"
#include "tests/unit/support/console_reader.hpp"

namespace isthmus::core {
namespace {

using test::fake;

/// On the booted machine, whose tree says nothing of an operator: it may be read.
class OperatorPromptTest : public ::testing::Test {
  protected:
    OperatorPromptTest() {
        test::booted();
        fake().input_enabled = true;
        start_input('a');
        type("\x01\x01\x01");  // domU3
        type("\x01\x01\x01");
        said();
    }
    ~OperatorPromptTest() override {
        type("\x03");
        said();
        unsilence_log();
        start_input('a');
        fake().take_output();
    }
    static void type(std::string_view text) {
        fake().cpu = 0;
        fake().typed.insert(fake().typed.end(), text.begin(), text.end());
        on_console_input();
    }
    /// One of the timer's interrupts.
    static void tick() {
        fake().cpu = 0;
        fake().now += 1000;
        on_deadline(this_cpu());
    }
    /// All that comes of it.
    static std::string said() {
        for (int i = 0; i < 5000; ++i) {
            tick();
        }
        return fake().take_output();
    }
    static std::vector<std::string> answer(const std::string& command) {
        type(command + "\r");
        const test::ConsoleText text = test::read_console_text(said());
        const auto lines = text.lines.find("isthmus");
        return lines == text.lines.end() ? std::vector<std::string>() : lines->second;
    }
};

TEST_F(OperatorPromptTest, IsBehindTheLastGuestInTheRound) {
    start_input('a');
    fake().take_output();
    type("\x01\x01\x01");
    EXPECT_NE(fake().take_output().find("input goes to domU3"), std::string::npos);
    type("\x01\x01\x01");
    EXPECT_EQ(said(),
              "isthmus| input goes to Isthmus itself: type help (Ctrl-a three times moves it)\r\n"
              "isthmus>| ");
    type("\x01\x01\x01");
    EXPECT_NE(said().find("input goes to domU1"), std::string::npos);
}

TEST_F(OperatorPromptTest, WhatIsTypedIsShownAndEdited) {
    type("cpu");
    EXPECT_EQ(said(), "\x1b[0K\r\x1b[Kisthmus>| cpu");
    type("s");
    EXPECT_EQ(said(), "s");
    type("\bs");
    EXPECT_EQ(said(), "\x1b[0K\r\x1b[Kisthmus>| cpus");
    type("\x15");
    EXPECT_EQ(said(), "\x1b[0K\r\x1b[Kisthmus>| ");
    type("\r");
    EXPECT_EQ(said(), "\x1b[0K\r\x1b[Kisthmus>| \r\nisthmus>| ");
}

TEST_F(OperatorPromptTest, HelpNamesAllCommandsALineAtATime) {
    type("help\r");
    tick();
    EXPECT_EQ(fake().take_output(), "\x1b[0K\r\x1b[Kisthmus>| help\r\n");
    for (usize line = 0; line < 3; ++line) {
        std::string text;
        for (int i = 0; i < 100 && text.empty(); ++i) {
            tick();
            text = fake().take_output();
        }
        EXPECT_EQ(std::ranges::count(text, '\n'), 1);
    }
    said();
    EXPECT_EQ(answer("help").size(), 12u);
}

TEST_F(OperatorPromptTest, DomainsAreShownWithWhatTheyDid) {
    const auto lines = answer("domains");
    ASSERT_EQ(lines.size(), 6u);
    EXPECT_TRUE(lines[0].starts_with("  domU1        running, start 1, ")) << lines[0];
    EXPECT_NE(lines[1].find("exits "), std::string::npos);
    EXPECT_TRUE(lines[4].starts_with("  domU3 ")) << lines[4];
}

TEST_F(OperatorPromptTest, TheShareIsThatSinceLastAsked) {
    answer("domains");
    Vcpu& vcpu = domains()[1].vcpus[0];
    fake().now += 1'000'000;
    vcpu.ran += 250'000;
    const auto lines = answer("domains");
    ASSERT_EQ(lines.size(), 6u);
    const auto at = lines[2].find(" % of a CPU");
    ASSERT_NE(at, std::string::npos);
    const int share = std::stoi(lines[2].substr(lines[2].rfind(' ', at - 1) + 1));
    EXPECT_TRUE(share > 2 && share <= 25) << lines[2];  // of the second, and of what said() took
    EXPECT_NE(answer("domains")[2].find(" 0 % of a CPU"), std::string::npos);
}

TEST_F(OperatorPromptTest, RegionsAreShownWithTheirReferences) {
    const auto lines = answer("regions");
    ASSERT_GE(lines.size(), plan().regions.size());
    for (usize i = 0; i < plan().regions.size(); ++i) {
        EXPECT_TRUE(lines[i].starts_with("  region " + std::string(plan().regions[i].id)));
        EXPECT_EQ(lines[i].find("WRONG"), std::string::npos);
    }
}

TEST_F(OperatorPromptTest, CpusAndChangesAreShown) {
    per_cpu(0).online.store(1);  // what CPUs say as they come up, which these never did
    const auto cpus = answer("cpus");
    per_cpu(0).online.store(0);
    ASSERT_FALSE(cpus.empty());
    EXPECT_TRUE(cpus[0].starts_with("  CPU 0; domU1 vcpu0 ")) << cpus[0];
    const auto changes = answer("trace");
    ASSERT_GE(changes.size(), 4u);
    EXPECT_TRUE(changes[0].starts_with("  domU1        running since ")) << changes[0];
}

TEST_F(OperatorPromptTest, TheAuditFindsAPageThatNobodyHolds) {
    const auto sound = answer("audit");
    ASSERT_EQ(sound.size(), 2u);
    EXPECT_NE(sound[0].find(", 0 have another owner"), std::string::npos) << sound[0];
    EXPECT_NE(sound[1].find(", 0 differences from the plan"), std::string::npos) << sound[1];
    const dom0less::DomainPlan& first = *domains()[0].plan;
    const auto ram = std::ranges::find_if(first.mappings, dom0less::is_private_ram);
    mm::PageInfo& page = *frames().lookup(ram->host);
    const mm::PageValue planned = page.snapshot();
    ASSERT_TRUE(mm::put_page(page));
    const auto wrong = answer("audit");
    ASSERT_TRUE(mm::assign_page(page, first.id, 1, planned.is_static));
    ASSERT_EQ(wrong.size(), 2u);
    EXPECT_NE(wrong[0].find(", 1 have another owner"), std::string::npos) << wrong[0];
}

TEST_F(OperatorPromptTest, TheLogOfOneThatHasSaidNothing) {
    EXPECT_EQ(answer("log domU3"), std::vector<std::string>{"domU3 has written no whole line yet"});
}

TEST_F(OperatorPromptTest, TheLogOfAGuestThatRuns) {
    Domain& domain = domains()[0];
    for (const char c : std::string("a last word\n")) {
        domain.console.put(domain.vcpus[0], c);
    }
    fake().take_output();
    type("log domU1\r");
    const std::string text = said();
    EXPECT_NE(text.find("domU1 (log)| a last word\r\n"), std::string::npos) << text;
    EXPECT_NE(text.find("isthmus| end of what domU1 wrote\r\nisthmus>| "), std::string::npos);
}

TEST_F(OperatorPromptTest, WhatIsWrongIsSaid) {
    using Lines = std::vector<std::string>;
    EXPECT_EQ(answer("domain"), Lines{"no command is called domain; did you mean domains?"});
    EXPECT_EQ(answer("reboot"), Lines{"no command is called reboot; help shows all"});
    EXPECT_EQ(answer("log"), Lines{"log takes the name of a domain"});
    EXPECT_EQ(answer("cpus 1"), Lines{"cpus takes no more words"});
    EXPECT_EQ(answer("log domU9"),
              (Lines{"no domain is called domU9", "the domains are domU1 domU2 domU3"}));
}

TEST_F(OperatorPromptTest, NothingIsControlledWhereTheTreeDoesNotSaySo) {
    for (const std::string word : {"stop", "start", "restart", "pause", "resume"}) {
        EXPECT_EQ(answer(word + " domU2"),
                  std::vector<std::string>{
                      word + " is not allowed here: that takes isthmus,operator = \"control\" in "
                             "/chosen"});
    }
    EXPECT_TRUE(domains()[1].is_running());
    EXPECT_FALSE(domains()[1].is_paused());
}

/// What the tree says of the operator, for one test.
class Allow {
  public:
    explicit Allow(dom0less::Options::Prompt allowed) { options().prompt = allowed; }
    ~Allow() { options().prompt = dom0less::Options::Prompt::read; }
    Allow(const Allow&) = delete;
    Allow& operator=(const Allow&) = delete;

  private:
    static dom0less::Options& options() { return const_cast<dom0less::Plan&>(plan()).options; }
};

TEST_F(OperatorPromptTest, WhereTheTreeSaysSoGuestsAreControlled) {
    using Lines = std::vector<std::string>;
    const Allow control(dom0less::Options::Prompt::control);
    EXPECT_EQ(answer("pause domU2"), Lines{"pause domU2: ordered"});
    EXPECT_TRUE(domains()[1].is_paused());
    EXPECT_TRUE(answer("domains")[2].starts_with("  domU2        paused, "));
    EXPECT_EQ(answer("pause domU2"), Lines{"pause domU2: nothing to do, or it cannot be"});
    EXPECT_EQ(answer("resume domU2"), Lines{"resume domU2: ordered"});
    EXPECT_FALSE(domains()[1].is_paused());
    EXPECT_EQ(answer("start domU2"), Lines{"start domU2: nothing to do, or it cannot be"});
    EXPECT_TRUE(domains()[1].is_running());
    for (const std::string& line : answer("help")) {
        EXPECT_EQ(line.find("not allowed"), std::string::npos) << line;
    }
}

TEST_F(OperatorPromptTest, IsNoStopWhereTheTreeSaysOff) {
    const Allow off(dom0less::Options::Prompt::off);
    start_input('a');
    type("\x01\x01\x01");
    type("\x01\x01\x01x");
    const std::string text = said();
    EXPECT_EQ(text.find("Isthmus itself"), std::string::npos) << text;
    EXPECT_EQ(text.find("isthmus>"), std::string::npos) << text;
}

TEST_F(OperatorPromptTest, TheLastViolationIsShown) {
    domains()[1].last_violation_pc.store(0x1234);
    domains()[1].last_violation_at.store(fake().now);
    fake().now += 2'000'000;
    const std::string line = answer("domains")[2];
    EXPECT_NE(line.find(", the last 20"), std::string::npos) << line;
    EXPECT_TRUE(line.ends_with(" ms ago at pc 0x1234")) << line;
    domains()[1].last_violation_at.store(0);
}

/// At 115200 baud, with a FIFO of 32 bytes: 17 KiB of answers, of which Isthmus could keep 16.
TEST_F(OperatorPromptTest, AnswersWaitForASlowUartAndNobodyForThem) {
    constexpr unsigned commands = 20;
    fake().uart_depth = 32;
    for (unsigned i = 0; i < commands; ++i) {
        type("help\r");
    }
    u32 most_waiting = 0;
    u64 longest = 0;
    for (int i = 0; i < 10'000; ++i) {
        const u64 before = fake().now;
        tick();
        longest = std::max(longest, fake().now - before - 1000);
        most_waiting = std::max(most_waiting, own_part().waiting.load());
        if (fake().room_enabled && fake().uart_level() <= 16) {
            on_console_room();
        }
    }
    fake().uart_depth = 0;
    const test::ConsoleText text = test::read_console_text(said());
    EXPECT_EQ(text.lines.at("isthmus").size(), commands * 12);
    EXPECT_EQ(transmit_bytes_dropped(), 0u);
    EXPECT_GT(most_waiting, 1000u);
    EXPECT_LT(most_waiting, 3500u);
    EXPECT_LT(longest, fake().uart_byte_ticks);
}

TEST_F(OperatorPromptTest, CtrlCEndsAnAnswer) {
    type("help\r");
    tick();
    tick();
    type("\x03");
    EXPECT_LT(std::ranges::count(said(), '\n'), 5);
    EXPECT_EQ(answer("help").size(), 12u);
}

TEST_F(OperatorPromptTest, AnswersAreShownWhateverTheLogsLevel) {
    set_log_levels(LogLevel::error, LogLevel::error);
    EXPECT_EQ(answer("help").size(), 12u);
}

TEST_F(OperatorPromptTest, WhatComesTooFastIsDroppedAndCounted) {
    type("help\r" + std::string(1000, 'x'));
    const std::string text = said();
    EXPECT_NE(text.find("877 typed bytes came too fast: dropped"), std::string::npos) << text;
}

}  // namespace
}  // namespace isthmus::core
