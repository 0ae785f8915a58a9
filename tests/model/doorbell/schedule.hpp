// SPDX-License-Identifier: Apache-2.0
// CPUs that take turns at every access to an atomic word, in every order with so many switches, and
// who of them has seen what the others wrote: by C++'s rules for the orders that the code names.
#pragma once

#include <array>
#include <functional>
#include <vector>

namespace isthmus::model {

inline constexpr unsigned cpu_count = 3;
/// How much of each CPU's past somebody, or a word, knows.
using Clock = std::array<unsigned, cpu_count>;

/// Another CPU may go on here. Nothing outside of a run.
void next_access();
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

/// Runs the programs, one a CPU, in every order of their accesses in which a CPU is interrupted
/// `switches` times at most. `prepare` comes before each run, `judge` behind it: nullptr, or what
/// is wrong. What is found first, or nullptr; `runs` is how many there were.
struct Scenario {
    std::function<void()> prepare;
    std::vector<std::function<void()>> programs;
    std::function<const char*()> judge;
};
const char* explore(const Scenario& scenario, unsigned switches, unsigned long& runs);

/// Something is wrong in the midst of a run.
void fault(const char* what);

}  // namespace isthmus::model
