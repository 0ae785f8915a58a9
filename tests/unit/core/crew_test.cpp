// SPDX-License-Identifier: Apache-2.0
// Work of boot that CPUs share: threads are the CPUs.
#include "core/run/crew.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace isthmus::core {
namespace {

constexpr usize cpus = 4;
constexpr usize boot_cpu = 2;

/// What a CPU's pending interrupt is: it stays until the CPU that sleeps has seen it.
struct Alarm {
    std::mutex mutex;
    std::condition_variable rung;
    bool is_pending = false;
};
std::array<Alarm, limits::cpus> alarms;
thread_local usize self = boot_cpu;
thread_local u32 sleeps = 0;

struct Threads {
    /// Most end for no reason: then only the crew's own words say what is to be done.
    static void sleep() {
        if (++sleeps % 8 != 0) {
            std::this_thread::yield();
            return;
        }
        Alarm& alarm = alarms[self];
        std::unique_lock lock(alarm.mutex);
        alarm.rung.wait(lock, [&] { return alarm.is_pending; });
        alarm.is_pending = false;
    }
    static void wake(usize cpu) {
        Alarm& alarm = alarms[cpu];
        const std::scoped_lock lock(alarm.mutex);
        alarm.is_pending = true;
        alarm.rung.notify_one();
    }
};

using TestCrew = Crew<Threads>;

/// Plain words: only the crew's own order keeps one CPU's from another's.
struct Ledger {
    std::array<u32, cpus> rounds{};
    u32 expected = 0;  ///< what the boot CPU wrote before it gave the work out

    static void note(void* context, usize cpu) {
        auto& ledger = *static_cast<Ledger*>(context);
        EXPECT_EQ(cpu, self);
        ledger.rounds[cpu] += ledger.expected;
    }
};

std::vector<std::thread> start_others(TestCrew& crew) {
    std::vector<std::thread> others;
    for (usize cpu = 0; cpu < cpus; ++cpu) {
        if (cpu != boot_cpu) {
            others.emplace_back([&crew, cpu] {
                self = cpu;
                crew.serve(cpu);
            });
        }
    }
    return others;
}

constexpr std::array<bool, cpus> all{true, true, true, true};

TEST(ConcurrentCrew, EachCpuDoesItsShareOnceARound) {
    TestCrew crew;
    Ledger ledger;
    std::vector<std::thread> others = start_others(crew);
    constexpr u32 rounds = 500;
    for (u32 round = 1; round <= rounds; ++round) {
        ledger.expected = round;
        crew.work(boot_cpu, Ledger::note, &ledger, all);
        // What they wrote is seen, and nobody is at work any more.
        for (const u32 sum : ledger.rounds) {
            ASSERT_EQ(sum, round * (round + 1) / 2);
        }
    }
    crew.dismiss(all);
    for (std::thread& other : others) {
        other.join();
    }
}

TEST(ConcurrentCrew, WhoHasNoShareSleepsOn) {
    TestCrew crew;
    Ledger ledger;
    ledger.expected = 1;
    std::vector<std::thread> others = start_others(crew);
    for (u32 round = 0; round < 50; ++round) {
        crew.work(boot_cpu, Ledger::note, &ledger, std::array{false, true, false, false});
    }
    crew.dismiss(all);
    for (std::thread& other : others) {
        other.join();
    }
    EXPECT_EQ(ledger.rounds, (std::array<u32, cpus>{0, 50, 0, 0}));
}

TEST(Crew, WhoComesLateFindsItsShareOrThatThereIsNone) {
    TestCrew crew;
    Ledger ledger;
    EXPECT_FALSE(crew.do_share(0));
    crew.work(boot_cpu, Ledger::note, &ledger, std::array{false, false, true});
    EXPECT_FALSE(crew.do_share(0));
    EXPECT_FALSE(crew.is_dismissed(0));
    crew.dismiss(std::array<bool, cpus>{});  // wakes nobody, and holds for all the same
    crew.serve(3);
    EXPECT_TRUE(crew.is_dismissed(0));
}

}  // namespace
}  // namespace isthmus::core
