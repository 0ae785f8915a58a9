// SPDX-License-Identifier: Apache-2.0
// lives_model SCENARIO [SWITCHES [DELAYS]]: core/domain/lifecycle.cpp and ending.cpp in every order
// of their accesses to words that CPUs share. Guests end, are built again and ordered about at
// once. What was ordered last holds; nobody is built while it runs, forgotten, or shown as what it
// is not. Ends with 0, or with 1 and what is wrong.
#include "core/domain/ending.hpp"
#include "core/domain/lifecycle.hpp"
#include "tests/model/lives/stand_ins.hpp"
#include "tests/model/lives/world.hpp"

namespace isthmus::model {
namespace {

using core::StopReason;
using dom0less::EndAnswer;
using namespace lives;

core::Domain& first() {
    return world->domains[0];
}
core::Domain& second() {
    return world->domains[1];
}

/// What an order has said.
struct Orders {
    bool stop = false;
    bool start = false;
    bool restart = false;
};
Orders said;

void prepare(EndAnswer answer) {
    forget_machine();
    said = {};
    build(answer);
}
/// Guest 0 has powered off, and rests.
void prepare_resting(EndAnswer answer) {
    prepare(answer);
    go_on_as(0);
    ask(first(), StopReason::power_off);
    settle_down();
}

void first_resets() {
    ask(first(), StopReason::reset);
    look();
    look();
}
void second_resets() {
    ask(second(), StopReason::reset);
    look();
    look();
}
void prepare_two_vcpus(EndAnswer answer) {
    prepare(answer);
    turn_on(world->vcpus[0][1]);
}
void other_turns_itself_off() {
    turn_off(world->vcpus[0][1]);
    look();
    look();
}

void stop_first() {
    said.stop = order_stop(first());
}
void restart_first() {
    said.restart = order_restart(first());
}
void stop_and_start_first() {
    said.stop = order_stop(first());
    said.start = order_start(first());
}
/// Until it has come to rest, but not for ever.
void start_first_when_it_rests() {
    for (unsigned tries = 0; tries < 3 && !said.start; ++tries) {
        said.start = order_start(first());
    }
}
void pause_and_resume_first() {
    pause_domain(first());
    resume_domain(first());
}

const char* judge_all() {
    settle_down();
    return contradiction();
}
/// And `what` is wrong where it does not hold.
const char* judge(bool holds, const char* contradicted, const char* what) {
    return contradicted == nullptr && !holds ? what : contradicted;
}
template <bool Orders::* order>
const char* judge_start() {
    const char* wrong = judge_all();
    return judge(!(said.*order) || runs(first()), wrong, "an order to run was lost");
}
const char* judge_stop() {
    const char* wrong = judge_all();
    return judge(!said.stop || rests(first()), wrong, "an order to stop was lost");
}
const char* judge_halt() {
    const char* wrong = judge_all();
    return judge(rests(first()) && rests(second()), wrong, "one runs on a machine that is halted");
}
const char* judge_both() {
    const char* wrong = judge_start<&Orders::start>();
    return judge(rests(second()), wrong, "who waited for its end waits for ever");
}

const std::vector<NamedScenario> scenarios = {
    {"stop", {[] { prepare(EndAnswer::restart); }, {first_resets, look, stop_first}, judge_stop}},
    {"restart",
     {[] { prepare(EndAnswer::restart); },
      {first_resets, look, restart_first},
      judge_start<&Orders::restart>}},
    {"stop-start",
     {[] { prepare(EndAnswer::stop); },
      {first_resets, look, stop_and_start_first},
      judge_start<&Orders::start>}},
    // Guest 0 leaves CPU 1 last, or CPU 0; guest 1 ends behind it.
    {"two-end",
     {[] { prepare_two_vcpus(EndAnswer::stop); },
      {first_resets, second_resets, start_first_when_it_rests},
      judge_both}},
    {"vcpus-off",
     {[] { prepare_two_vcpus(EndAnswer::restart); },
      {first_resets, other_turns_itself_off, restart_first},
      judge_start<&Orders::restart>}},
    {"halt",
     {[] { prepare_resting(EndAnswer::halt_machine); },
      {look, second_resets, start_first_when_it_rests},
      judge_halt}},
    {"halt-restart",
     {[] { prepare(EndAnswer::halt_machine); }, {look, second_resets, restart_first}, judge_halt}},
    {"group", {[] { prepare(EndAnswer::stop_group); }, {first_resets, look, look}, judge_halt}},
    {"both-of-a-group",
     {[] { prepare(EndAnswer::stop_group); }, {first_resets, second_resets, look}, judge_halt}},
    {"pause",
     {[] { prepare(EndAnswer::restart); },
      {first_resets, look, pause_and_resume_first},
      judge_all}},
    {"rebuild-fails",
     {[] {
          prepare(EndAnswer::restart);
          world->rebuild_fails = true;
      },
      {first_resets, look, restart_first},
      judge_all}},
};

}  // namespace
}  // namespace isthmus::model

int main(int argc, char** argv) {
    using namespace isthmus::model;
    return explore_by_name(scenarios, std::span(argv, static_cast<std::size_t>(argc)), 1);
}
