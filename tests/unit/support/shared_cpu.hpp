// SPDX-License-Identifier: Apache-2.0
// One CPU of the fake machine and guests that share it, by the scheduler, timers and interrupt
// controller of core as they are. Here are only the guests' programs, the time that things take,
// and what a CPU does by itself: it runs the guest until an interrupt is due, and takes that.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/domain/domain.hpp"
#include "tests/unit/support/virtual_cpu.hpp"

namespace isthmus::test {

/// What a guest does over and over: work, then sleep (WFI) until its timer. In ticks.
struct Habit {
    u64 work = 0;
    u64 sleep = 0;              ///< 0: it never sleeps
    u64 jitter = 0;             ///< up to so much more work or sleep, by chance
    bool by_the_clock = false;  ///< the timer's time is a multiple of `sleep`, not `sleep` from now
    bool physical = true;       ///< which timer
    bool works_through = false;  ///< it sets the timer first, and works with it running
    u32 priority = 0;

    std::string text() const;
};

/// What the machine's own doings take, in ticks.
struct Costs {
    u64 save = 20;  ///< a vCPU's state out
    u64 load = 25;  ///< and in
    u64 way = 4;    ///< from a guest's instruction to Isthmus's first, and the same back
    u64 work = 2;   ///< to set the timer; to send a kick
    u64 switch_time() const { return save + load; }
};

class SharedCpu {
  public:
    struct Config {
        u64 slice = 10'000;
        u64 minimum_turn = 1'000;
        Costs costs;
        u32 seed = 1;
    };
    struct Guest {
        Habit habit;
        u64 useful = 0;   ///< ticks in which it executed instructions
        u64 longest = 0;  ///< between wanting to run and its next instruction
        u64 turns = 0;    ///< begun with an instruction

        core::Domain domain;
        core::Vcpu vcpu;
        core::VgicCpu vgic;
        std::array<core::VirtualIrq, 32> spis;
        u64 left = 0;            ///< of its work
        bool sets_timer = true;  ///< before that work, if it works through
        u64 wanted_since = 0;    ///< ~0: it sleeps, or runs
        std::unique_ptr<VirtualCpu> interface;
    };

    SharedCpu(const Config& config, const std::vector<Habit>& habits);
    ~SharedCpu();
    SharedCpu(const SharedCpu&) = delete;
    SharedCpu& operator=(const SharedCpu&) = delete;

    void run(u64 ticks);
    Guest& guest(usize index) { return *guests_[index]; }

  private:
    static constexpr usize home = 3;

    void add(const Habit& habit);
    void enter();
    void run_guest(Guest& guest, u64 end);
    bool take_interrupts(Guest& guest);  ///< false: the guest is to leave
    void sleep(Guest& guest);
    void set_timer(Guest& guest);
    void handle_tick(Guest& guest);
    void note_timers();
    u64 chance(u64 up_to);
    Guest& current();

    Config config_;
    u64 random_;
    bool blocked_ = false;
    std::vector<std::unique_ptr<Guest>> guests_;
};

}  // namespace isthmus::test
