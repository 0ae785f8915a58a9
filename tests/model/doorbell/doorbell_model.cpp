// SPDX-License-Identifier: Apache-2.0
// doorbell_model SCENARIO [SWITCHES]: core/device/doorbells.cpp in every order of its accesses to
// words that CPUs share. Two CPUs of a guest ring a third one's, beyond their budget, or while that
// stops and begins again; timers fire at any time. No ring is lost, and who is rung sees what was
// written before it; the budget holds; the timer is in one CPU's hands. Ends with 0, or with 1 and
// what is wrong.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "core/device/doorbells.hpp"
#include "core/device/gpio.hpp"
#include "core/device/statistics.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/per_cpu.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/panic.hpp"
#include "tests/model/schedule/schedule.hpp"

namespace isthmus::model {
namespace {

using core::Domain;

constexpr unsigned victim_cpu = 2;
constexpr u64 period = 10;
constexpr u64 began = 1000;

struct World {
    std::array<dom0less::DomainPlan, 2> plans;
    std::array<dom0less::DoorbellPlan, 2> bells;
    std::array<Domain, 2> domains;  ///< the ringer, and who is rung
    std::array<core::Vcpu, 2> ringers;
    alignas(std::max_align_t) std::array<std::byte, 4096> heap{};
    usize heap_used = 0;

    Atomic<u32> interrupt;  ///< the edge at the victim's
    u64 now = began;
    u64 deliveries = 0;
    core::SoftTimer* armed = nullptr;
    unsigned armed_by = 0;
    unsigned last_owner = 0;
    unsigned owner_time = 0;  ///< of its clock, when it let the timer go
    bool is_owed = false;     ///< rings from now on are not to be lost
    bool has_budget = false;
    Clock owed{};  ///< what the victim has to see of each
};
std::unique_ptr<World> world;

void build(bool keep) {
    world = std::make_unique<World>();
    for (usize i = 0; i < 2; ++i) {
        world->bells[i] = {
            .region = 0, .peer = static_cast<DomainId>(2 - i), .peer_bell = 0, .intid = 40};
        world->bells[i].keep_when_off = keep;
        world->plans[i].id = static_cast<DomainId>(1 + i);
        world->plans[i].doorbells = std::span(&world->bells[i], 1);
        world->domains[i].plan = &world->plans[i];
        world->domains[i].state.store(Domain::State::running);
        world->ringers[i].domain = world->domains.data();
        check(core::make_doorbells(world->domains[i]).has_value(), "no room");
    }
    core::connect_doorbells(world->domains);
    for (u32 i = 0; i + 1 < core::ring_burst; ++i) {  // one is left of the burst
        core::ring_doorbell(world->ringers[0], 0);
    }
    world->interrupt.store(0);
    core::take_rings(world->domains[1]);
}

void fire_if(bool is_time) {
    World& w = *world;
    if (w.armed != nullptr && w.armed_by == this_cpu_number() && is_time) {
        core::SoftTimer& timer = *std::exchange(w.armed, nullptr);
        w.now = timer.deadline > w.now ? timer.deadline : w.now;
        w.last_owner = this_cpu_number();
        w.owner_time = ++own_clock()[this_cpu_number()];
        timer.fire(timer, timer.context);
    }
}

void ring() {
    World& w = *world;
    const bool is_owed = w.is_owed;
    const unsigned written = ++own_clock()[this_cpu_number()];
    core::ring_doorbell(w.ringers[this_cpu_number()], 0);
    if (is_owed) {
        w.owed[this_cpu_number()] = written;
    }
}

void ring_once() {
    ring();
    fire_if(true);
}

void ring_twice() {
    ring();
    fire_if(choose(2) == 1);
    ring();
    fire_if(true);
}

void look() {
    if (world->interrupt.exchange(0, Order::relaxed) != 0) {
        core::take_rings(world->domains[1]);
    }
}

/// As lifecycle and rebuild do it.
void end_and_begin_again() {
    Domain& victim = world->domains[1];
    victim.state.store(Domain::State::stopped);
    core::forget_rings(victim);
    world->is_owed = world->bells[0].keep_when_off;
    world->interrupt.exchange(0, Order::relaxed);  // its vGIC is reset
    core::repeat_rings(victim);
    victim.state.store(Domain::State::running);
    look();
}

const char* judge() {
    World& w = *world;
    go_on_as(victim_cpu);
    if (w.has_budget && w.deliveries > core::ring_burst + (w.now - began) / period) {
        return "more rings than the budget has";
    }
    if (w.armed != nullptr) {
        return "a ring waits for ever";
    }
    const bool is_told = w.interrupt.exchange(0, Order::relaxed) != 0;
    if (core::take_rings(w.domains[1]) != 0 && !is_told) {
        return "a ring is there, and no interrupt tells of it";
    }
    for (unsigned cpu = 0; cpu < cpu_count; ++cpu) {
        if (w.owed[cpu] > own_clock()[cpu]) {
            return "what was written before a ring is not seen";
        }
    }
    return nullptr;
}

const std::vector<NamedScenario> scenarios = {
    {"flood",
     {[] {
          build(true);
          world->is_owed = true;
          world->has_budget = true;
      },
      {ring_twice, ring_once, look},
      judge}},
    {"restart", {[] { build(true); }, {ring_twice, ring_once, end_and_begin_again}, judge}},
    {"restart-drops", {[] { build(false); }, {ring_twice, ring_once, end_and_begin_again}, judge}},
};

}  // namespace
}  // namespace isthmus::model

namespace isthmus {

void panic(const char* what, std::source_location) {
    std::printf("panic: %s\n", what);
    std::exit(1);
}

namespace arch {
void relax() {}
u64 counter() {
    return model::world->now;
}
u64 counter_frequency() {
    return core::rings_a_second * model::period;
}
}  // namespace arch

namespace core {

using model::world;

Interruption::Interruption(PerCpu& cpu, Vcpu& cause)
    : cpu_(cpu), cause_(cause), interrupts_(false) {
    if (&cause != &world->ringers[model::this_cpu_number()]) {
        model::fault("a timer fires for another CPU's vCPU");
    }
}
Interruption::~Interruption() = default;

PerCpu& this_cpu() {
    static PerCpu cpu;
    return cpu;
}
void arm_timer(SoftTimer& timer, u64 deadline) {
    if (world->armed != nullptr) {
        model::fault("one timer for two CPUs");
    }
    if (model::own_clock()[world->last_owner] < world->owner_time) {
        model::fault("the timer is another CPU's still");
    }
    timer.deadline = deadline;
    world->armed = &timer;
    world->armed_by = model::this_cpu_number();
}
void Vgic::raise_shared(u32) {
    ++world->deliveries;
    world->interrupt.exchange(1, Order::relaxed);
}
void Gpio::update_line() {}
// Nobody borrows statistics: what a trace adds is a word of the ringer's own.
bool has_statistics() {
    return false;
}
void trace_ring(const Vcpu&, u32) {}
Result<void*> allocate_cleared(u64 bytes) {
    std::byte* place = &world->heap[world->heap_used];
    world->heap_used += align_up(bytes, alignof(std::max_align_t));
    check(world->heap_used <= world->heap.size(), "the heap is too small");
    return place;
}

}  // namespace core
}  // namespace isthmus

int main(int argc, char** argv) {
    using namespace isthmus::model;
    return explore_by_name(scenarios, std::span(argv, static_cast<std::size_t>(argc)), 0);
}
