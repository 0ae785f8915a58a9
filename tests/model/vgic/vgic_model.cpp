// SPDX-License-Identifier: Apache-2.0
// vgic_model SETUP [STATES]: explores one setup; without arguments lists them. Ends with 0 when all
// of its states are as they must be, or with 1 and the way to one that is not.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "isthmus/panic.hpp"
#include "tests/model/vgic/explore.hpp"

namespace isthmus {

void panic(const char* what, std::source_location where) {
    std::printf("panic: %s (%s:%u)\n", what, where.file_name(), unsigned{where.line()});
    std::exit(1);
}

}  // namespace isthmus

namespace {

using namespace isthmus::model::vgic;

struct Named {
    const char* name;
    Setup setup;
};

constexpr Named setups[] = {
    {"timer-one-cpu", {.timers = 1}},
    {"other-timer-one-cpu", {.timers = 2}},
    {"other-timer-two-cpus", {.cpus = 2, .timers = 2}},
    {"other-timer-sgi-two-cpus", {.cpus = 2, .has_sgi = true, .timers = 2}},
    {"emulated-only-two-cpus",
     {.cpus = 2, .shared_line = Shared::emulated, .timers = 0, .fair_ends = true}},
    {"level-only-two-cpus",
     {.cpus = 2, .shared_line = Shared::level, .timers = 0, .fair_ends = true}},
    {"edge-only-two-cpus",
     {.cpus = 2, .shared_line = Shared::edge, .timers = 0, .fair_ends = true}},
    {"event-only-one-cpu", {.shared_line = Shared::event, .timers = 0, .fair_ends = true}},
    {"event-only-two-cpus",
     {.cpus = 2, .shared_line = Shared::event, .timers = 0, .fair_ends = true}},
    {"timers-one-cpu", {}},
    {"timers-two-cpus", {.cpus = 2}},
    {"sgi-one-cpu", {.has_sgi = true}},
    {"sgi-two-cpus", {.cpus = 2, .has_sgi = true}},
    {"sgi-split-end", {.has_sgi = true, .timers = 1, .split_end = true}},
    {"emulated-one-cpu", {.shared_line = Shared::emulated, .timers = 1}},
    {"emulated-two-cpus", {.cpus = 2, .shared_line = Shared::emulated, .timers = 1}},
    {"level-one-cpu", {.shared_line = Shared::level, .timers = 1}},
    {"level-two-cpus", {.cpus = 2, .shared_line = Shared::level, .timers = 1}},
    {"level-two-cpus-less-urgent",
     {.cpus = 2, .shared_line = Shared::level, .timers = 1, .shared_is_urgent = false}},
    {"event-one-cpu", {.shared_line = Shared::event, .timers = 1, .fair_ends = true}},
    {"event-two-cpus", {.cpus = 2, .shared_line = Shared::event, .timers = 1, .fair_ends = true}},
    {"event-sgi-two-cpus",
     {.cpus = 2, .shared_line = Shared::event, .has_sgi = true, .timers = 0, .fair_ends = true}},
    {"edge-one-cpu", {.shared_line = Shared::edge, .timers = 1}},
    {"edge-two-cpus", {.cpus = 2, .shared_line = Shared::edge, .timers = 1}},
};

int run(const Named& named, std::size_t most_states) {
    const Outcome outcome = explore(named.setup, most_states);
    std::printf("%s: %zu states, %zu steps%s\n", named.name, outcome.states, outcome.steps,
                !outcome.wrong.empty() ? ", WRONG"
                : outcome.is_complete  ? ", all"
                                       : ", not all");
    if (!outcome.wrong.empty()) {
        std::printf("%s", outcome.wrong.c_str());
    }
    return outcome.wrong.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view wanted = argc > 1 ? argv[1] : "";
    const std::size_t most_states =
        argc > 2 ? std::strtoul(argv[2], nullptr, 10) : std::size_t{1} << 31;
    for (const Named& named : setups) {
        if (wanted.empty()) {
            std::printf("%s\n", named.name);
        } else if (wanted == named.name) {
            return run(named, most_states);
        }
    }
    return wanted.empty() ? 0 : 2;
}
