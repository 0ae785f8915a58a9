// SPDX-License-Identifier: Apache-2.0
// What SMMUs say of devices that went too far, and how much of it.
#include "core/device/dma_faults.hpp"

#include <gtest/gtest.h>

#include "core/entry_points.hpp"
#include "tests/unit/core/dma_fixture.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using enum arch::SmmuSupport;

class DmaFaultsTest : public test::DmaTest {
  protected:
    static constexpr arch::DmaFault fault{5, 0x10, "F_TRANSLATION", true, true, 0x1234};

    DmaFaultsTest() {
        support(usable, usable);
        check();
        EXPECT_TRUE(hold());
        fake().take_output();
    }
    /// The device goes on so often before the interrupt comes; all that is said.
    std::string interrupt(usize faults, u32 intid = 90) {
        fake().smmus[0].faults.insert(fake().smmus[0].faults.end(), faults, fault);
        EXPECT_TRUE(on_smmu_interrupt(intid));
        return fake().take_output();
    }
    /// Time passes, and the CPU's timer interrupts.
    static std::string pass(u64 ticks) {
        fake().now += ticks;
        if (fake().now >= fake().here().deadline) {
            on_deadline(this_cpu());
        }
        return fake().take_output();
    }
    static usize count(std::string_view text, std::string_view part) {
        usize found = 0;
        for (usize at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) {
            ++found;
        }
        return found;
    }
    static usize faults_in(std::string_view text) { return count(text, ": F_TRANSLATION\r\n"); }
    static usize lines_in(std::string_view text) { return count(text, "\n"); }
    static bool is_heard(u32 intid = 90) { return fake().lines[intid].enabled; }
    static u64 second() { return fake().frequency; }
};

TEST_F(DmaFaultsTest, AreShown) {
    EXPECT_TRUE(is_heard());
    EXPECT_EQ(fake().lines.size(), 1u) << "the other SMMU has no interrupt";
    EXPECT_NE(interrupt(1).find("/smmu0: stream 0x5 writes to 0x1234: F_TRANSLATION"),
              std::string::npos);
    fake().smmus[0].faults.push_back({6, 0x04, "C_BAD_STE"});
    EXPECT_NE(interrupt(0).find("/smmu0: stream 0x6: C_BAD_STE"), std::string::npos);
    EXPECT_FALSE(on_smmu_interrupt(91));
    EXPECT_TRUE(is_heard());
}

TEST_F(DmaFaultsTest, ManyAtOnceAreCounted) {
    const std::string said = interrupt(100);
    EXPECT_EQ(faults_in(said), 32U);
    EXPECT_EQ(lines_in(said), 32U);
    EXPECT_FALSE(is_heard()) << "until the second is over";
    EXPECT_EQ(pass(second() - 1), "");
    EXPECT_FALSE(is_heard());
    const std::string later = pass(1);
    EXPECT_EQ(lines_in(later), 1U);
    EXPECT_NE(later.find("/smmu0: 68 more faults, not shown"), std::string::npos) << later;
    EXPECT_TRUE(is_heard());
}

TEST_F(DmaFaultsTest, ManyOneByOneAreCounted) {
    for (int i = 0; i < 31; ++i) {
        EXPECT_EQ(lines_in(interrupt(1)), 1U);
        EXPECT_EQ(pass(1), "");
        EXPECT_TRUE(is_heard());
    }
    EXPECT_EQ(lines_in(interrupt(1)), 1U);
    EXPECT_FALSE(is_heard());
    fake().smmus[0].faults.assign(7, fault);  // the interrupt waits in its controller
    EXPECT_EQ(interrupt(0), "") << "unless it was on its way";
    EXPECT_NE(pass(second()).find(": 7 more faults, not shown"), std::string::npos);
    EXPECT_TRUE(is_heard());
    EXPECT_EQ(interrupt(0), "") << "what the controller had kept";
    EXPECT_EQ(lines_in(interrupt(3)), 3U) << "a new second";
}

TEST_F(DmaFaultsTest, FewAreShownForEver) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(lines_in(interrupt(31)), 31U);
        EXPECT_TRUE(is_heard());
        EXPECT_EQ(pass(second()), "");
    }
}

TEST_F(DmaFaultsTest, NoMoreThanWereShownIsNotSaid) {
    EXPECT_EQ(lines_in(interrupt(32)), 32U);
    EXPECT_FALSE(is_heard());
    EXPECT_EQ(pass(second()), "");
    EXPECT_TRUE(is_heard());
}

/// Each second costs two looks at the queue, and 33 lines.
TEST_F(DmaFaultsTest, ADeviceWithoutEndCostsTheSameEachSecond) {
    fake().smmus[0].faults.assign(100'000, fault);
    EXPECT_EQ(lines_in(interrupt(0)), 32U);
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(is_heard());
        const usize before = fake().smmus[0].faults.size();
        const std::string said = pass(second());
        EXPECT_EQ(faults_in(said), 32U);
        EXPECT_EQ(lines_in(said), 33U);
        EXPECT_NE(said.find(": 224 more faults, not shown"), std::string::npos) << said;
        EXPECT_EQ(before - fake().smmus[0].faults.size(), 256U);
    }
    fake().smmus[0].faults.clear();  // it has ended
    EXPECT_EQ(lines_in(pass(second())), 1U);
    EXPECT_TRUE(is_heard());
}

TEST_F(DmaFaultsTest, ASmallQueueIsReadAgain) {
    fake().smmus[0].queue = 4;
    EXPECT_EQ(lines_in(interrupt(10)), 10U) << "no interrupt says that there is more";
    EXPECT_TRUE(is_heard());
}

TEST_F(DmaFaultsTest, LostOnesAreSaidOnceABurst) {
    const std::string_view text = "/smmu0: its event queue was full: faults were lost";
    fake().smmus[0].were_lost = true;
    EXPECT_EQ(count(interrupt(2), text), 1U);
    fake().smmus[0].were_lost = true;
    EXPECT_EQ(count(interrupt(50), text), 0U);
    fake().smmus[0].were_lost = true;
    EXPECT_EQ(count(pass(second()), text), 0U);
    fake().smmus[0].were_lost = true;
    EXPECT_EQ(count(interrupt(50), text), 1U);
    EXPECT_EQ(count(pass(second()), text), 0U);
    EXPECT_EQ(interrupt(0), "");
    EXPECT_EQ(lines_in(interrupt(50)), 32U);
    fake().smmus[0].were_lost = true;
    EXPECT_EQ(count(pass(second()), text), 1U) << "while nobody looked";
}

TEST_F(DmaFaultsTest, ItsOwnErrorsAreTold) {
    fake().smmus[0].errors = 0x100;
    EXPECT_NE(interrupt(0).find("/smmu0: SMMU_GERROR 0x100"), std::string::npos);
    interrupt(100);
    fake().smmus[0].errors = 4;
    EXPECT_NE(pass(second()).find("/smmu0: SMMU_GERROR 0x4"), std::string::npos);
    for (int i = 0; i < 32; ++i) {
        EXPECT_TRUE(is_heard());
        fake().smmus[0].errors = 4;
        EXPECT_EQ(lines_in(interrupt(0)), 1U);
    }
    EXPECT_FALSE(is_heard()) << "they are no reason to keep the CPU either";
}

/// As where all of one kind are one line.
TEST_F(DmaFaultsTest, TwoOfOneInterruptAreHeardWhenBothAre) {
    smmus_[1].event_intid = 90;
    check();
    ASSERT_TRUE(hold());
    fake().smmus[1].faults.assign(40, fault);
    EXPECT_EQ(count(interrupt(0), "/smmu1"), 32U);
    EXPECT_FALSE(is_heard());
    pass(second() / 2);
    EXPECT_EQ(count(interrupt(40), "/smmu0"), 32U) << "it was on its way";
    EXPECT_NE(pass(second() / 2).find("/smmu1: 8 more faults"), std::string::npos);
    EXPECT_FALSE(is_heard());
    EXPECT_NE(pass(second() / 2).find("/smmu0: 8 more faults"), std::string::npos);
    EXPECT_TRUE(is_heard());
}

}  // namespace
}  // namespace isthmus::core
