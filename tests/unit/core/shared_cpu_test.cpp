// SPDX-License-Identifier: Apache-2.0
// Guests that share a CPU: whatever pattern the others sleep and wake in, one that always has work
// gets its share. A search for the worst patterns, with the scheduler as it is.
#include "tests/unit/support/shared_cpu.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace isthmus::test {
namespace {

constexpr u64 rounds = 40;

struct Pattern {
    std::vector<Habit> others;
    u32 victims_priority = 0;
    SharedCpu::Config config;

    std::string text() const {
        std::string result;
        for (const Habit& habit : others) {
            result += habit.text() + "; ";
        }
        return result + "victim's priority " + std::to_string(victims_priority);
    }
};

struct Outcome {
    double share = 0;    ///< the victim's useful time, against its fair share
    double latency = 0;  ///< longest that it waited for its next instruction, in slices
};

/// The victim is the first guest; it never sleeps.
Outcome measure(const Pattern& pattern) {
    std::vector<Habit> habits{{.work = 1, .priority = pattern.victims_priority}};
    habits.insert(habits.end(), pattern.others.begin(), pattern.others.end());
    const u64 ticks = rounds * habits.size() * pattern.config.slice;
    SharedCpu cpu(pattern.config, habits);
    cpu.run(ticks);
    const SharedCpu::Guest& victim = cpu.guest(0);
    const double fair = static_cast<double>(ticks) / static_cast<double>(habits.size());
    return {static_cast<double>(victim.useful) / fair,
            static_cast<double>(victim.longest) / static_cast<double>(pattern.config.slice)};
}

class Search {
  public:
    explicit Search(u32 seed) : random_(seed) {}

    u64 number(u64 least, u64 most) {
        return std::uniform_int_distribution<u64>(least, most)(random_);
    }
    /// Small ones as often as large ones.
    u64 any_size(u64 most) { return number(0, most) >> number(0, 12); }

    Habit habit() {
        return {.work = 1 + any_size(8000),
                .sleep = number(0, 9) == 0 ? 0 : 1 + any_size(20000),
                .jitter = any_size(300),
                .by_the_clock = number(0, 1) == 0,
                .physical = number(0, 1) == 0,
                .works_through = number(0, 3) == 0,
                .priority = static_cast<u32>(number(0, 2))};
    }
    Pattern pattern() {
        Pattern made;
        made.others.resize(number(1, 4));
        std::generate(made.others.begin(), made.others.end(), [&] { return habit(); });
        if (number(0, 1) == 0) {
            std::fill(made.others.begin(), made.others.end(), made.others.front());
        }
        made.victims_priority = static_cast<u32>(number(0, 2));
        made.config = {.slice = 5'000,
                       .minimum_turn = 1'000,
                       .costs = {},
                       .seed = static_cast<u32>(number(0, 99))};
        return made;
    }
    Pattern near(Pattern pattern) {
        Habit& one = pattern.others[number(0, pattern.others.size() - 1)];
        const Habit other = habit();
        switch (number(0, 5)) {
            case 0:
                one.work = other.work;
                break;
            case 1:
                one.sleep = other.sleep;
                break;
            case 2:
                one.priority = other.priority;
                break;
            case 3:
                one.jitter = other.jitter;
                break;
            case 4:
                one.by_the_clock = !one.by_the_clock;
                break;
            default:
                one.sleep = one.sleep + one.sleep / 8 + 1;
        }
        return pattern;
    }

  private:
    std::mt19937 random_;
};

TEST(SharedCpu, NoPatternOfSleepersTakesAVictimsShare) {
    Search search(1);
    double worst = 10;
    double latest = 0;
    for (int climb = 0; climb < 12; ++climb) {
        Pattern best = search.pattern();
        Outcome least = measure(best);
        for (int step = 0; step < 12; ++step) {
            const Pattern next = search.near(step < 4 ? search.pattern() : best);
            const Outcome outcome = measure(next);
            latest = std::max(latest, outcome.latency);
            if (outcome.share < least.share) {
                least = outcome;
                best = next;
            }
        }
        worst = std::min(worst, least.share);
        EXPECT_GE(least.share, 0.95) << best.text();
        EXPECT_LE(least.latency, 2.1 * static_cast<double>(best.others.size())) << best.text();
    }
    RecordProperty("worst_share_percent", static_cast<int>(worst * 100));
    std::printf("worst share %.3f, longest wait %.2f slices\n", worst, latest);
}

}  // namespace
}  // namespace isthmus::test
