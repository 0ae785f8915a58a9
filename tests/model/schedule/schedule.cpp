// SPDX-License-Identifier: Apache-2.0
#include "tests/model/schedule/schedule.hpp"

#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <unordered_map>

namespace isthmus::model {
namespace {

constexpr std::size_t stack_bytes = 64 * 1024;

struct Choice {
    unsigned taken = 0;
    unsigned options = 0;
};

struct Store {
    const void* word = nullptr;
    std::array<std::byte, 8> value{};
    std::function<void()> land;
};

struct Cpu {
    ucontext_t context{};
    std::vector<char> stack = std::vector<char>(stack_bytes);
    const std::function<void()>* program = nullptr;
    bool is_done = true;
    const void* waits_for = nullptr;

    bool can_go_on() const { return !is_done && waits_for == nullptr; }
    Clock clock{};
    std::vector<Store> put_off;
};

struct Run {
    ucontext_t back{};
    std::array<Cpu, cpu_count> cpus;
    std::unordered_map<const void*, Clock> words;
    std::vector<Choice> choices;
    std::size_t next = 0;
    unsigned current = 0;
    unsigned switches_left = 0;
    unsigned delays_left = 0;
    bool is_running = false;
    const char* fault = nullptr;
};
Run run;

void begin_program() {
    Cpu& self = run.cpus[run.current];
    (*self.program)();
    if (!self.put_off.empty()) {
        next_access();
        land_stores();
    }
    self.is_done = true;
}

/// Whoever goes on now: the first that may is the one that runs already.
unsigned next_cpu() {
    std::array<unsigned, cpu_count> list{};
    unsigned count = 0;
    const bool goes_on = run.cpus[run.current].can_go_on();
    if (goes_on) {
        list[count++] = run.current;
    }
    for (unsigned cpu = 0; cpu < cpu_count && !(goes_on && run.switches_left == 0); ++cpu) {
        if (cpu != run.current && run.cpus[cpu].can_go_on()) {
            list[count++] = cpu;
        }
    }
    if (count == 0) {
        std::fputs("every CPU waits for another\n", stderr);
        std::abort();
    }
    const unsigned taken = choose(count);
    run.switches_left -= goes_on && taken != 0 ? 1u : 0u;
    return list[taken];
}

void go_on_with(unsigned cpu) {
    Cpu& self = run.cpus[run.current];
    run.current = cpu;
    if (Cpu& other = run.cpus[cpu]; &other != &self) {
        swapcontext(&self.context, &other.context);
    }
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
    run.current = choose(static_cast<unsigned>(scenario.programs.size()));
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
    if (run.is_running) {
        go_on_with(next_cpu());
    }
}

void wait(const void* what) {
    run.cpus[run.current].waits_for = what;
    go_on_with(next_cpu());
}
void wake(const void* what) {
    for (Cpu& cpu : run.cpus) {
        cpu.waits_for = cpu.waits_for == what ? nullptr : cpu.waits_for;
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

bool is_put_off() {
    if (!run.is_running) {
        return false;
    }
    if (!run.cpus[run.current].put_off.empty()) {
        return true;
    }
    const bool waits = run.delays_left != 0 && choose(2) == 1;
    run.delays_left -= waits ? 1u : 0u;
    return waits;
}

void put_off(const void* word, std::span<const std::byte> value, std::function<void()> land) {
    Store& store = run.cpus[run.current].put_off.emplace_back();
    store.word = word;
    std::ranges::copy(value, store.value.begin());
    store.land = std::move(land);
}

const std::byte* put_off_value(const void* word) {
    const auto& stores = run.cpus[run.current].put_off;
    const auto last = std::ranges::find(stores.rbegin(), stores.rend(), word, &Store::word);
    return last == stores.rend() ? nullptr : last->value.data();
}

void land_stores() {
    auto& stores = run.cpus[run.current].put_off;
    for (const Store& store : stores) {
        store.land();
    }
    stores.clear();
}

const char* explore(const Scenario& scenario, unsigned switches, unsigned long& runs,
                    unsigned delays) {
    run.choices.clear();
    do {
        run.next = 0;
        run.switches_left = switches;
        run.delays_left = delays;
        run.fault = nullptr;
        run.words.clear();
        for (Cpu& cpu : run.cpus) {
            cpu.clock = {};
            cpu.put_off.clear();
        }
        ++runs;
        run_once(scenario);
        if (const char* wrong = scenario.judge(); run.fault != nullptr || wrong != nullptr) {
            return run.fault != nullptr ? run.fault : wrong;
        }
    } while (turn());
    return nullptr;
}

int explore_by_name(std::span<const NamedScenario> scenarios, std::span<char*> words,
                    unsigned delays) {
    constexpr unsigned usual_switches = 3;
    const auto number = [&](std::size_t place, unsigned otherwise) {
        return words.size() > place ? static_cast<unsigned>(std::atoi(words[place])) : otherwise;
    };
    const std::string_view wanted = words.size() > 1 ? words[1] : "";
    for (const NamedScenario& named : scenarios) {
        if (wanted.empty()) {
            std::printf("%s\n", named.name);
        } else if (wanted == named.name) {
            unsigned long runs = 0;
            const char* wrong =
                explore(named.scenario, number(2, usual_switches), runs, number(3, delays));
            std::printf("%s: %lu orders, %s\n", named.name, runs,
                        wrong == nullptr ? "all is right" : wrong);
            return wrong == nullptr ? 0 : 1;
        }
    }
    return wanted.empty() ? 0 : 2;
}

}  // namespace isthmus::model
