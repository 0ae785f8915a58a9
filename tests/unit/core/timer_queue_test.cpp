// SPDX-License-Identifier: Apache-2.0
#include "core/run/timer_queue.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/fake_machine.hpp"

namespace isthmus::core {
namespace {

/// Notes its number when it fires, and may arm again.
struct Alarm {
    Alarm(std::vector<int>& into, int id) : fired(&into), number(id) {
        timer.fire = [](SoftTimer&, void* context) {
            auto& self = *static_cast<Alarm*>(context);
            self.fired->push_back(self.number);
            if (self.again != 0) {
                self.queue->arm(self.timer, std::exchange(self.again, u64{0}));
            }
        };
        timer.context = this;
    }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    std::vector<int>* fired;
    int number;
    TimerQueue* queue = nullptr;
    u64 again = 0;
    SoftTimer timer;
};

class TimerQueueTest : public ::testing::Test {
  protected:
    std::vector<int> fired;
    TimerQueue queue;
    Alarm a{fired, 1}, b{fired, 2}, c{fired, 3};
};

TEST_F(TimerQueueTest, FiresInOrderOfDeadlinesWhateverTheOrderOfArming) {
    queue.arm(b.timer, 20);
    queue.arm(c.timer, 30);
    queue.arm(a.timer, 10);
    EXPECT_EQ(queue.next_deadline(), 10U);
    EXPECT_EQ(queue.run(9), 10U);
    EXPECT_TRUE(fired.empty());
    EXPECT_EQ(queue.run(20), 30U);
    EXPECT_EQ(fired, (std::vector{1, 2}));
    EXPECT_EQ(queue.run(1000), ~u64{0});
    EXPECT_EQ(fired, (std::vector{1, 2, 3}));
}

TEST_F(TimerQueueTest, EqualDeadlinesFireAsArmed) {
    queue.arm(b.timer, 10);
    queue.arm(a.timer, 10);
    queue.run(10);
    EXPECT_EQ(fired, (std::vector{2, 1}));
}

TEST_F(TimerQueueTest, ArmingAgainMoves) {
    queue.arm(a.timer, 10);
    queue.arm(b.timer, 20);
    queue.arm(a.timer, 30);
    EXPECT_EQ(queue.run(25), 30U);
    EXPECT_EQ(fired, (std::vector{2}));
    queue.arm(a.timer, 26);
    EXPECT_EQ(queue.next_deadline(), 26U);
    queue.run(30);
    EXPECT_EQ(fired, (std::vector{2, 1}));
}

TEST_F(TimerQueueTest, ADisarmedOneIsSilentAndMayBeDisarmedTwice) {
    queue.arm(a.timer, 10);
    queue.arm(b.timer, 20);
    queue.disarm(a.timer);
    queue.disarm(a.timer);
    EXPECT_FALSE(a.timer.armed);
    EXPECT_EQ(queue.run(50), ~u64{0});
    EXPECT_EQ(fired, (std::vector{2}));
    EXPECT_FALSE(b.timer.armed);
}

TEST_F(TimerQueueTest, MayArmItselfWhileItFires) {
    a.queue = &queue;
    a.again = 15;
    queue.arm(a.timer, 10);
    EXPECT_EQ(queue.run(12), 15U);
    EXPECT_EQ(fired, (std::vector{1}));
    a.again = 18;  // due at once: fires in the same run, and once
    EXPECT_EQ(queue.run(20), ~u64{0});
    EXPECT_EQ(fired, (std::vector{1, 1, 1}));
}

TEST_F(TimerQueueTest, TheHardwareTimerFollowsTheCallingCpusQueue) {
    test::FakeMachine& machine = test::fake();
    machine.restart();
    machine.cpu = 2;
    arm_timer(a.timer, 500);
    arm_timer(b.timer, 300);
    EXPECT_EQ(machine.cpus[2].deadline, 300U);
    EXPECT_EQ(machine.cpus[0].deadline, ~u64{0});
    disarm_timer(b.timer);
    EXPECT_EQ(machine.cpus[2].deadline, 500U);
    disarm_timer(a.timer);
    EXPECT_EQ(machine.cpus[2].deadline, ~u64{0});
}

}  // namespace
}  // namespace isthmus::core
