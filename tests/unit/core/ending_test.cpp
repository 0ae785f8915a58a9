// SPDX-License-Identifier: Apache-2.0
// A stopped domain's ending beside a guest that runs on the same CPU. It spoils the booted machine,
// so each test has a process of its own.
#include "core/domain/ending.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "core/domain/lifecycle.hpp"
#include "core/entry_points.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/interrupts.hpp"
#include "core/run/scheduler.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

constexpr usize home = 3;
constexpr u64 slice = 50'000;  // 5 ms
constexpr u64 piece = 500;     // 50 us

struct Asleep {};

void require(bool condition, const char* what) {
    if (!condition) {
        std::fprintf(stderr, "not so: %s\n", what);
        std::exit(1);
    }
}

Vcpu* next() {
    try {
        schedule();
    } catch (const test::GuestEntered&) {
    } catch (const Asleep&) {
    }
    return this_cpu().current;
}

/// domU2 and domU3 on one CPU; a page takes 1 us to clear, a byte of the UART 0.2 us.
void share() {
    test::booted();
    fake().frequency = 10'000'000;
    fake().page_ticks = 10;
    fake().byte_ticks = 2;
    fake().cpu = home;
    fake().on_idle = [] { throw Asleep(); };
    PerCpu& cpu = this_cpu();
    cpu.queue.set_slice(slice);
    cpu.slice_end.fire = fire_slice_end;
    cpu.slice_end.context = &cpu;
    start_domains();
    for (const usize index : {usize{1}, usize{2}}) {
        Vcpu& vcpu = domains()[index].vcpus[0];
        vcpu.host_cpu = home;
        vcpu.vgic->host_cpu = home;
        vcpu.vgic->resident = false;
        vcpu.has_slept = true;
        cpu.queue.add(vcpu);
    }
    fake().take_output();
}

struct Seen {
    u64 longest = 0;  ///< of all interruptions
    u64 lost = 0;     ///< in all
    u64 ran = 0;      ///< by the guest
};

/// The guest runs until its neighbour's ending is over.
Seen run_beside(Vcpu& vcpu) {
    Seen seen;
    PerCpu& cpu = this_cpu();
    while (cpu.ending != nullptr) {
        require(cpu.current == &vcpu, "the other guest runs");
        const u64 ticks =
            fake().here().deadline > fake().now ? fake().here().deadline - fake().now : 0;
        fake().now += ticks;
        seen.ran += ticks;
        const u64 interrupted = fake().now;
        on_deadline(cpu);
        if (cpu.leave_guest) {
            next();
        }
        seen.longest = std::max(seen.longest, fake().now - interrupted);
        seen.lost += fake().now - interrupted;
    }
    return seen;
}

void in_pieces() {
    share();
    Domain& going = domains()[1];
    Vcpu& stays = domains()[2].vcpus[0];
    const_cast<dom0less::Plan&>(plan()).options.release_stopped = true;
    require(next() != nullptr, "one runs");
    stop_domain(going, StopReason::power_off);
    on_kick(this_cpu());
    require(next() == &stays, "the other is next");
    require(this_cpu().ending == &going, "its neighbour's ending is there to be done");
    const u64 paid = stays.ran;
    const Seen seen = run_beside(stays);
    require(going.is_dismantled(), "the domain is taken apart");
    require(seen.longest <= piece + 100, "at most a piece at a time");
    require(seen.lost >= test::booted_guest_bytes / page_size * fake().page_ticks,
            "all was cleared");
    require(seen.lost <= seen.ran / 8, "the guest has nine tenths of its CPU");
    this_cpu().leave_guest = true;
    next();
    require(stays.ran - paid <= seen.ran + 10, "and pays for nothing else");
    require(fake().output.find("domU2 is taken apart") != std::string::npos, "it is said");
    std::exit(0);
}

void a_line_at_a_time() {
    share();
    Domain& going = domains()[1];
    Vcpu& stays = domains()[2].vcpus[0];
    for (int line = 0; line < 100; ++line) {
        for (const char c : std::string_view("all work and no play makes a dull guest\n")) {
            going.console.put(going.vcpus[0], c);
        }
    }
    fake().take_output();
    require(next() != nullptr, "one runs");
    stop_domain(going, StopReason::crash);
    on_kick(this_cpu());
    require(next() == &stays, "the other is next");
    require(fake().output.find("(log)") == std::string::npos, "not at once");
    const Seen seen = run_beside(stays);
    require(fake().output.find("end of what domU2 wrote") != std::string::npos, "all is said");
    require(seen.longest <= piece + 2 * 80, "some lines at a time");
    require(going.state.load() == Domain::State::stopped, "and stopped it is");
    std::exit(0);
}

void at_once_when_idle() {
    share();
    const_cast<dom0less::Plan&>(plan()).options.release_stopped = true;
    for (const usize index : {usize{1}, usize{2}}) {
        stop_domain(domains()[index], StopReason::power_off);
    }
    const u64 before = fake().now;
    require(next() == nullptr, "the CPU sleeps at last");
    require(domains()[1].is_dismantled() && domains()[2].is_dismantled(), "both are taken apart");
    require(fake().now - before < 2 * test::booted_guest_bytes / page_size * 12, "without rests");
    std::exit(0);
}

class EndingDeathTest : public ::testing::Test {
  protected:
    EndingDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(EndingDeathTest, MemoryIsTakenInPiecesThatNobodyPaysFor) {
    EXPECT_EXIT(in_pieces(), ::testing::ExitedWithCode(0), "");
}
TEST_F(EndingDeathTest, TheLastWordsAreSaidALineAtATime) {
    EXPECT_EXIT(a_line_at_a_time(), ::testing::ExitedWithCode(0), "");
}
TEST_F(EndingDeathTest, WhileNoGuestRunsPieceFollowsPiece) {
    EXPECT_EXIT(at_once_when_idle(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace isthmus::core
