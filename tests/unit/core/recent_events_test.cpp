// SPDX-License-Identifier: Apache-2.0
// The last trace events, read while their CPUs write.
#include "core/operator/recent_events.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "core/run/trace.hpp"
#include "isthmus/arch/time.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using statistics::Kind;
using test::booted;
using test::fake;

/// Rings for the first CPUs of the booted machine, whose plan has none.
class RecentEventsTest : public ::testing::Test {
  protected:
    RecentEventsTest() : rings_(cpus), records_(cpus) {
        booted();
        for (u32 cpu = 0; cpu < cpus; ++cpu) {
            rings_[cpu] = std::make_unique<statistics::Event[]>(statistics::ring_events);
            per_cpu(cpu).trace = rings_[cpu].get();
            per_cpu(cpu).trace_record = &records_[cpu];
        }
    }
    ~RecentEventsTest() override {
        for (u32 cpu = 0; cpu < cpus; ++cpu) {
            per_cpu(cpu).trace = nullptr;
            per_cpu(cpu).trace_record = nullptr;
        }
    }
    static void write(u32 cpu, u32 argument) {
        fake().now += 10;
        write_event(per_cpu(cpu), {Kind::ring, 1, 0, argument});
    }
    static std::vector<u32> rest(RecentEvents& events) {
        std::vector<u32> found;
        while (const auto event = events.next()) {
            found.push_back(event->argument);
        }
        return found;
    }

    static constexpr u32 cpus = 3;
    std::vector<std::unique_ptr<statistics::Event[]>> rings_;
    std::vector<statistics::CpuRecord> records_;
};

using Arguments = std::vector<u32>;

TEST_F(RecentEventsTest, ThereAreNoneBeforeTheFirst) {
    RecentEvents events(4);
    EXPECT_FALSE(events.next());
    EXPECT_EQ(events.lost(), 0u);
}

TEST_F(RecentEventsTest, TheyComeInTheOrderOfTimeWhateverTheirCpu) {
    write(2, 1);
    write(0, 2);
    write(2, 3);
    write(1, 4);
    write(0, 5);
    RecentEvents events(4);
    EXPECT_EQ(rest(events), (Arguments{1, 2, 3, 4, 5}));
}

TEST_F(RecentEventsTest, OfEachCpuSoMany) {
    for (u32 n = 0; n < 10; ++n) {
        write(0, n);
    }
    write(1, 100);
    RecentEvents events(2);
    EXPECT_EQ(rest(events), (Arguments{8, 9, 100}));
}

TEST_F(RecentEventsTest, WhatIsWrittenLaterIsNotShown) {
    write(0, 1);
    RecentEvents events(4);
    write(0, 2);
    write(1, 3);
    EXPECT_EQ(rest(events), Arguments{1});
}

TEST_F(RecentEventsTest, BehindTheEndOfTheRingItBeginsAgain) {
    for (u32 n = 0; n < statistics::ring_events + 2; ++n) {
        write(0, n);
    }
    RecentEvents events(4);
    const u32 last = statistics::ring_events + 1;
    EXPECT_EQ(rest(events), (Arguments{last - 3, last - 2, last - 1, last}));
    EXPECT_EQ(events.lost(), 0u);
}

/// The last that can be believed is 1023 behind the number of those written: the next one is
/// written where the one before it lies.
TEST_F(RecentEventsTest, WhatIsWrittenOverIsLostAndCounted) {
    for (const u32 later : {statistics::ring_events - 5, statistics::ring_events - 4}) {
        for (u32 n = 0; n < 4; ++n) {
            write(0, n);
        }
        RecentEvents events(4);
        for (u32 n = 0; n < later; ++n) {
            write(0, 1000 + n);
        }
        const bool is_whole = later == statistics::ring_events - 5;
        EXPECT_EQ(rest(events), is_whole ? (Arguments{0, 1, 2, 3}) : Arguments{});
        EXPECT_EQ(events.lost(), is_whole ? 0 : statistics::ring_events / 2);
    }
}

TEST_F(RecentEventsTest, TheyAreToldInWords) {
    const auto text = [](Kind kind, u32 argument) {
        return std::string(text_of({0, 0, kind, 1, 0, argument}).view());
    };
    EXPECT_EQ(text(Kind::run, 0), "domU2 vcpu0 runs");
    EXPECT_EQ(text(Kind::leave, 0), "domU2 vcpu0 sleeps, or is off");
    EXPECT_EQ(text(Kind::leave, 1), "domU2 vcpu0 is cut short");
    EXPECT_EQ(text(Kind::inject, 7), "domU2 vcpu0 was given 7 interrupts");
    EXPECT_EQ(text(Kind::ring, 2), "domU2 vcpu0 rings doorbell 2");
    EXPECT_EQ(text(Kind::exits, 9), "domU2 vcpu0 left its guest 9 times");
    EXPECT_EQ(text(Kind::state, static_cast<u32>(Domain::State::rebuilding)),
              "domU2 is rebuilding");
    EXPECT_EQ(text_of({0, 0, Kind::run, 99, 3, 0}).view(), "? vcpu3 runs");
}

}  // namespace
}  // namespace isthmus::core
