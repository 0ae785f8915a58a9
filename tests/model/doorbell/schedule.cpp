// SPDX-License-Identifier: Apache-2.0
#include "tests/model/doorbell/schedule.hpp"

#include <ucontext.h>

#include <algorithm>
#include <unordered_map>

namespace isthmus::model {
namespace {

constexpr std::size_t stack_bytes = 64 * 1024;

struct Choice {
    unsigned taken = 0;
    unsigned options = 0;
};

struct Cpu {
    ucontext_t context{};
    std::vector<char> stack = std::vector<char>(stack_bytes);
    const std::function<void()>* program = nullptr;
    bool is_done = true;
    Clock clock{};
};

struct Run {
    ucontext_t back{};
    std::array<Cpu, cpu_count> cpus;
    std::unordered_map<const void*, Clock> words;
    std::vector<Choice> choices;
    std::size_t next = 0;
    unsigned current = 0;
    unsigned switches_left = 0;
    bool is_running = false;
    const char* fault = nullptr;
};
Run run;

void begin_program() {
    Cpu& self = run.cpus[run.current];
    (*self.program)();
    self.is_done = true;
}

/// Whoever goes on now: the first that may is the one that runs already.
unsigned next_cpu() {
    std::array<unsigned, cpu_count> list{};
    unsigned count = 0;
    const bool goes_on = !run.cpus[run.current].is_done;
    if (goes_on) {
        list[count++] = run.current;
    }
    for (unsigned cpu = 0; cpu < cpu_count && !(goes_on && run.switches_left == 0); ++cpu) {
        if (cpu != run.current && !run.cpus[cpu].is_done) {
            list[count++] = cpu;
        }
    }
    const unsigned taken = choose(count);
    run.switches_left -= goes_on && taken != 0 ? 1u : 0u;
    return list[taken];
}

bool is_over() {
    return std::ranges::all_of(run.cpus, [](const Cpu& cpu) { return cpu.is_done; });
}

void run_once(const Scenario& scenario) {
    scenario.prepare();
    for (unsigned cpu = 0; cpu < scenario.programs.size(); ++cpu) {
        Cpu& it = run.cpus[cpu];
        it.program = &scenario.programs[cpu];
        it.is_done = false;
        getcontext(&it.context);
        it.context.uc_stack = {.ss_sp = it.stack.data(), .ss_flags = 0, .ss_size = stack_bytes};
        it.context.uc_link = &run.back;
        makecontext(&it.context, begin_program, 0);
    }
    run.current = 0;
    run.is_running = true;
    while (!is_over()) {
        run.current = next_cpu();
        swapcontext(&run.back, &run.cpus[run.current].context);
    }
    run.is_running = false;
}

/// The next way through; false: there is none.
bool turn() {
    while (!run.choices.empty() && run.choices.back().taken + 1 == run.choices.back().options) {
        run.choices.pop_back();
    }
    if (run.choices.empty()) {
        return false;
    }
    ++run.choices.back().taken;
    return true;
}

}  // namespace

void next_access() {
    if (!run.is_running) {
        return;
    }
    Cpu& self = run.cpus[run.current];
    run.current = next_cpu();
    if (Cpu& other = run.cpus[run.current]; &other != &self) {
        swapcontext(&self.context, &other.context);
    }
}

unsigned choose(unsigned options) {
    if (options < 2) {
        return 0;
    }
    if (run.next == run.choices.size()) {
        run.choices.push_back({0, options});
    }
    return run.choices[run.next++].taken;
}

unsigned this_cpu_number() {
    return run.current;
}
void go_on_as(unsigned cpu) {
    run.current = cpu;
}
Clock& own_clock() {
    return run.cpus[run.current].clock;
}
Clock& clock_of(const void* word) {
    return run.words[word];
}
void learn(Clock& clock, const Clock& from) {
    for (unsigned cpu = 0; cpu < cpu_count; ++cpu) {
        clock[cpu] = std::max(clock[cpu], from[cpu]);
    }
}
void fault(const char* what) {
    run.fault = run.fault == nullptr ? what : run.fault;
}

const char* explore(const Scenario& scenario, unsigned switches, unsigned long& runs) {
    run.choices.clear();
    do {
        run.next = 0;
        run.switches_left = switches;
        run.fault = nullptr;
        run.words.clear();
        for (Cpu& cpu : run.cpus) {
            cpu.clock = {};
        }
        ++runs;
        run_once(scenario);
        if (const char* wrong = scenario.judge(); run.fault != nullptr || wrong != nullptr) {
            return run.fault != nullptr ? run.fault : wrong;
        }
    } while (turn());
    return nullptr;
}

}  // namespace isthmus::model
