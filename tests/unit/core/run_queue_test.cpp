// SPDX-License-Identifier: Apache-2.0
#include "core/run/run_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace isthmus::core {
namespace {

constexpr u64 slice = 100;

struct Task : SchedEntity {
    bool ready = true;
};
bool is_ready(const SchedEntity& entity) {
    return static_cast<const Task&>(entity).ready;
}

class RunQueueTest : public ::testing::Test {
  protected:
    RunQueueTest() {
        queue_.set_slice(slice);
        for (Task& task : tasks_) {
            queue_.add(task);
        }
    }
    SchedEntity* pick() { return queue_.pick(is_ready); }

    RunQueue queue_;
    std::array<Task, 3> tasks_;
};

TEST_F(RunQueueTest, EachGetsOneSliceARound) {
    for (int round = 0; round < 10; ++round) {
        for (int turn = 0; turn < 3; ++turn) {
            queue_.charge(*pick(), slice);
        }
    }
    for (const Task& task : tasks_) {
        EXPECT_EQ(task.ran, 10 * slice);
    }
}

TEST_F(RunQueueTest, NobodyIsReady) {
    for (Task& task : tasks_) {
        task.ready = false;
    }
    EXPECT_EQ(pick(), nullptr);
}

TEST_F(RunQueueTest, PriorityGoesFirstAndGetsNoMore) {
    tasks_[2].priority = 5;
    EXPECT_EQ(pick(), &tasks_[2]);
    EXPECT_TRUE(RunQueue::outranks(tasks_[2], tasks_[0]));
    for (int turn = 0; turn < 300; ++turn) {
        queue_.charge(*pick(), slice);
    }
    for (const Task& task : tasks_) {
        EXPECT_EQ(task.ran, 100 * slice);
    }
}

TEST_F(RunQueueTest, OneThatSleptKeepsItsSliceAndComesBeforeItsEquals) {
    tasks_[1].ready = false;
    queue_.charge(tasks_[0], slice / 2);
    tasks_[1].ready = true;
    EXPECT_TRUE(RunQueue::outranks(tasks_[1], tasks_[0]));
    EXPECT_FALSE(RunQueue::outranks(tasks_[0], tasks_[1]));
}

TEST_F(RunQueueTest, ASpentSliceOutranksNobody) {
    tasks_[1].priority = 255;
    queue_.charge(tasks_[1], slice + 50);
    EXPECT_FALSE(RunQueue::outranks(tasks_[1], tasks_[0]));
    EXPECT_TRUE(RunQueue::outranks(tasks_[0], tasks_[1]));
}

TEST_F(RunQueueTest, WhatOneRanOverItsSliceIsTakenOffItsNext) {
    tasks_[2].ready = false;
    for (int turn = 0; turn < 300; ++turn) {
        SchedEntity* next = pick();
        queue_.charge(*next, next == &tasks_[0] ? 7 * slice / 2 : slice);
    }
    const auto difference = static_cast<i64>(tasks_[0].ran - tasks_[1].ran);
    EXPECT_LT(std::abs(difference), i64{4 * slice});
}

TEST_F(RunQueueTest, OneThatWakesAndSleepsAllTheTimeTakesNoMoreThanItsSlice) {
    // Task 1 runs for 9 of its ticks whenever it is woken, and it is woken after each tick of 0.
    u64 ticks = 0;
    tasks_[2].ready = false;
    while (ticks < 1000 * slice) {
        tasks_[1].ready = true;
        SchedEntity* next = pick();
        const u64 run = next == &tasks_[1] ? 9 : 1;
        queue_.charge(*next, run);
        tasks_[1].ready = next != &tasks_[1];
        ticks += run;
    }
    EXPECT_GT(tasks_[0].ran, ticks * 45 / 100);
}

}  // namespace
}  // namespace isthmus::core
