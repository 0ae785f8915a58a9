// SPDX-License-Identifier: Apache-2.0
// CPUs that take turns at every access to an atomic word, in every order with so many switches, and
// who of them has seen what the others wrote: by C++'s rules for the orders that the code names.
//
//     CPU 0  ──store──▶ [ put off ] ──▶ memory      a store that is put off takes those behind it
//        ▲                                │         along; a read-modify-write and a fence land
//        └── another goes on here ◀─load──┘         them. The CPU itself reads what it has stored.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace isthmus::model {

inline constexpr unsigned cpu_count = 3;
/// How much of each CPU's past somebody, or a word, knows.
using Clock = std::array<unsigned, cpu_count>;

/// Another CPU may go on here. Nothing outside of a run.
void next_access();
/// The running CPU goes on when another has called wake() for `what`.
void wait(const void* what);
void wake(const void* what);
/// Of a run: below `options`, and each in turn.
unsigned choose(unsigned options);

unsigned this_cpu_number();
/// The judge goes on as that CPU, which is done.
void go_on_as(unsigned cpu);
/// The running CPU's own.
Clock& own_clock();
/// What a word brings along.
Clock& clock_of(const void* word);
void learn(Clock& clock, const Clock& from);

/// Whether the running CPU's store that is next waits in its buffer: as some store before it does,
/// or as one of those that the run may put off.
bool is_put_off();
void put_off(const void* word, std::span<const std::byte> value, std::function<void()> land);
/// What the running CPU has in its buffer for `word`, last; or nullptr.
const std::byte* put_off_value(const void* word);
/// The running CPU's stores become visible, in their order.
void land_stores();

/// Runs the programs, one a CPU, in every order of their accesses in which a CPU is interrupted
/// `switches` times at most, and `delays` stores are put off. `prepare` comes before each run,
/// `judge` behind it: nullptr, or what is wrong. What is found first, or nullptr; `runs` is how
/// many there were.
struct Scenario {
    std::function<void()> prepare;
    std::vector<std::function<void()>> programs;
    std::function<const char*()> judge;
};
const char* explore(const Scenario& scenario, unsigned switches, unsigned long& runs,
                    unsigned delays = 0);

struct NamedScenario {
    const char* name;
    Scenario scenario;
};
/// A model's main: `MODEL SCENARIO [SWITCHES [DELAYS]]`, with `delays` where none are given;
/// without a scenario it lists them. Prints what was explored; its exit status is 1 where something
/// is wrong, 2 for a scenario that is not there.
int explore_by_name(std::span<const NamedScenario> scenarios, std::span<char*> words,
                    unsigned delays);

/// Something is wrong in the midst of a run.
void fault(const char* what);

}  // namespace isthmus::model
