// SPDX-License-Identifier: Apache-2.0
#include "core/domain/ending.hpp"

#include <algorithm>

#include "core/arm/xen/guest.hpp"
#include "core/audit/summary.hpp"
#include "core/console/input.hpp"
#include "core/console/transmit.hpp"
#include "core/device/device_lines.hpp"
#include "core/device/dma.hpp"
#include "core/device/doorbells.hpp"
#include "core/domain/domain.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/flight_recorder.hpp"
#include "core/run/scheduler.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

constinit Atomic<u32> running_domains;
constinit Atomic<u32> halting;

constexpr u64 pieces_in_second = 50'000;  // of 20 us
constexpr u64 rest = 9;                   // times as long as a piece took, a guest runs

/// No guest runs any more: what the command line asks for.
void last_domain_stopped() {
    print_summary();
    if (is_halting()) {
        log("no guest is left: halted");
        return;
    }
    using OnLastOff = dom0less::Options::OnLastOff;
    switch (plan().options.on_last_off) {
        case OnLastOff::poweroff:
            log("no guest is left: switching the machine off");
            flush_console();
            arch::power_off();
        case OnLastOff::reset:
            log("no guest is left: resetting the machine");
            flush_console();
            arch::reset();
        case OnLastOff::halt:
            log("no guest is left: halted");
            break;
    }
}

/// An answer that is not this domain's alone.
void follow_machine_answer(dom0less::EndAnswer answer) {
    switch (answer) {
        case dom0less::EndAnswer::power_off:
            print_summary();
            flush_console();
            arch::power_off();
        case dom0less::EndAnswer::reset_machine:
            print_summary();
            flush_console();
            arch::reset();
        case dom0less::EndAnswer::halt_machine:
            halting.store(1);
            for (Domain& other : domains()) {
                stop_or_keep_stopped(other, StopReason::halt);
            }
            break;
        case dom0less::EndAnswer::stop:
        case dom0less::EndAnswer::restart:
        case dom0less::EndAnswer::stop_group:
            break;
    }
}

void stop_group_of(const Domain& domain) {
    for (Domain& other : domains()) {
        if (&other != &domain && other.plan->health.group == domain.plan->health.group) {
            stop_or_keep_stopped(other, StopReason::group);
        }
    }
}

/// One of its vCPUs may have turned itself off a moment ago, and its CPU still be leaving it.
bool has_left(const Domain& domain) {
    return std::ranges::all_of(
        domain.vcpus, [](const Vcpu& vcpu) { return vcpu.power.load() == Vcpu::Power::off; });
}

/// A guest that ends again and again says no more of it than the console's UART takes: else its
/// lines would fill Isthmus's part of the queue, and whoever logs next would wait.
bool has_log_room() {
    constexpr u32 lines_of_an_ending = 8;
    return own_part().fits(lines_of_an_ending);
}

void say_last_words(Domain& domain) {
    if (!has_log_room()) {
        return;
    }
    if ((!ended_badly(domain.stop_reason.load()) ||
         !domain.console.show_log(domain.ending.place)) &&
        has_left(domain)) {
        domain.ending.stage = Ending::Stage::pages;
    }
}

void hide_pages(Domain& domain) {
    if (!xen::forget_page(domain)) {
        domain.ending.stage = Ending::Stage::devices;
    }
}

bool is_to_return(Domain& domain) {
    const LockGuard guard(domain.life_lock);
    return domain.sequel == Domain::Sequel::returns;
}

void take_devices(Domain& domain) {
    release_device_lines(domain);
    const bool held_back = detach_devices(domain);
    domain.ending.stage = Ending::Stage::ended;
    if (!plan().options.release_stopped || is_to_return(domain)) {
        return;
    }
    if (!held_back) {
        log("{} is not taken apart: its devices could still write to its memory",
            domain.plan->name);
    } else if (change_sequel(domain, Domain::Sequel::stays, Domain::Sequel::gone)) {
        domain.ending.stage = Ending::Stage::memory;
    }
}

void take_memory(Domain& domain) {
    if (!domain.ending.teardown.step(domain)) {
        log("{} is taken apart: {} of {} heap pages are free", domain.plan->name, heap_free_pages(),
            heap_total_pages());
        domain.ending.stage = Ending::Stage::ended;
    }
}

void build_again(Domain& domain) {
    if (!domain.ending.rebuild.step(domain)) {
        domain.ending.stage = Ending::Stage::ended;
    }
}

/// False: an order came meanwhile, and it stays stopped.
bool start_again(PerCpu& cpu, Domain& domain) {
    if (!begin_next_life(domain)) {
        return false;
    }
    const Rebuild& rebuild = domain.ending.rebuild;
    log("{} is back: start {}, {} pages of its own, {} of regions, references as planned",
        domain.plan->name, domain.starts.load(), rebuild.own_pages(), rebuild.shared_pages());
    cpu.ending = domain.ending.next;
    run_again(domain);
    return true;
}

/// Built, and yet not to run; or it could not be built.
void stay_stopped(Domain& domain) {
    change_sequel(domain, Domain::Sequel::returns, Domain::Sequel::stays);
    domain.ending.rebuild = {};
    set_state(domain, Domain::State::stopped);
}

/// Nobody works on it from here on; false: it is to return.
bool lay_to_rest(Domain& domain) {
    const LockGuard guard(domain.life_lock);
    if (domain.sequel == Domain::Sequel::stays) {
        domain.sequel = Domain::Sequel::rests;
    }
    return domain.sequel != Domain::Sequel::returns;
}

/// The first domain in the CPU's list has no more to do, but may get some. From the moment in which
/// it rests, another CPU may begin with it.
void end(PerCpu& cpu, Domain& domain) {
    Domain* const next = domain.ending.next;
    const dom0less::EndAnswer answer = domain.ending.answer.what;
    domain.ending.answer = {};
    follow_machine_answer(answer);
    const Rebuild& rebuild = domain.ending.rebuild;
    if (rebuild.is_built() && start_again(cpu, domain)) {
        return;
    }
    if (rebuild.is_built() || rebuild.has_failed()) {
        stay_stopped(domain);
    }
    if (!lay_to_rest(domain)) {
        set_state(domain, Domain::State::rebuilding);
        domain.ending.stage = Ending::Stage::rebuild;
        return;
    }
    cpu.ending = next;
    if (running_domains.fetch_sub(1) == 1) {
        last_domain_stopped();
    }
}

/// The first domain in the CPU's list; it goes out of it when all is done.
void step(PerCpu& cpu) {
    Domain& domain = *cpu.ending;
    switch (domain.ending.stage) {
        case Ending::Stage::words:
            say_last_words(domain);
            break;
        case Ending::Stage::pages:
            hide_pages(domain);
            break;
        case Ending::Stage::devices:
            take_devices(domain);
            break;
        case Ending::Stage::memory:
            take_memory(domain);
            break;
        case Ending::Stage::rebuild:
            build_again(domain);
            break;
        case Ending::Stage::ended:
            end(cpu, domain);
            break;
    }
}

/// Decides what follows, and says so.
void settle(Domain& domain) {
    const dom0less::HealthPlan& health = domain.plan->health;
    const StopReason reason = domain.stop_reason.load();
    const Answer answer =
        answer_to(health, reason, domain.restarts, domain.stopped_at, arch::counter_frequency());
    const bool restarts = answer.what == dom0less::EndAnswer::restart;
    if (change_sequel(domain, Domain::Sequel::open,
                      restarts ? Domain::Sequel::returns : Domain::Sequel::stays)) {
        domain.ending.answer = answer;
        if (restarts) {
            domain.restarts.restarted(domain.stopped_at);
        }
    } else if (is_to_return(domain)) {
        domain.ending.answer.what = dom0less::EndAnswer::restart;  // by order
    }
    TextBuffer<160> text;
    print_end(text, health, reason, domain.ending.answer);
    log_as(ended_badly(reason) ? LogKind::warning : LogKind::normal, "{} {}", domain.plan->name,
           text.view());
    if (domain.ending.answer.what == dom0less::EndAnswer::stop_group) {
        stop_group_of(domain);
    }
}

/// Behind what this CPU has to do already.
void join_endings(Domain& domain) {
    PerCpu& cpu = this_cpu();
    Domain** link = &cpu.ending;
    while (*link != nullptr) {
        link = &(*link)->ending.next;
    }
    *link = &domain;
    cpu.ending_due.fire = fire_ending;
    cpu.ending_due.context = &cpu;
    arm_timer(cpu.ending_due, arch::counter());
}

}  // namespace

void expect_endings(u32 domains) {
    running_domains.store(domains);
    if (domains == 0) {
        last_domain_stopped();
    }
}

void expect_one_more_ending() {
    running_domains.fetch_add(1);
}

bool is_halting() {
    return halting.load() != 0;
}

void begin_ending(Domain& domain) {
    domain.ending = {};
    if (domain.state.load() == Domain::State::rebuilding) {
        log("{} is started again by order", domain.plan->name);
        domain.ending.stage = Ending::Stage::rebuild;
        join_endings(domain);
        return;
    }
    domain.stopped_at = arch::counter();
    domain.console.finish();
    resume_input();  // nobody is going to read what the machine's UART was stopped for
    settle(domain);
    xen::end_guest(domain);
    set_state(domain, Domain::State::stopped);
    forget_rings(domain);
    join_endings(domain);
}

bool do_piece_of_endings(PerCpu& cpu) {
    const u64 end = arch::counter() + arch::counter_frequency() / pieces_in_second;
    do {
        if (cpu.ending == nullptr) {
            disarm_timer(cpu.ending_due);
            return false;
        }
        name_stretch(cpu, Stretch::piece);
        step(cpu);
    } while (arch::counter() < end);
    return true;
}

void fire_ending(SoftTimer&, void* context) {
    PerCpu& cpu = *static_cast<PerCpu*>(context);
    if (cpu.current == nullptr) {
        return;  // the scheduler does piece after piece
    }
    charge_turn(cpu, *cpu.current);
    const u64 began = arch::counter();
    const bool more = do_piece_of_endings(cpu);
    skip_time(cpu);
    if (more) {
        arm_timer(cpu.ending_due, cpu.accounted + rest * (cpu.accounted - began));
    }
    reconsider(cpu);  // the running turn ends later
}

}  // namespace isthmus::core
