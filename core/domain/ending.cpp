// SPDX-License-Identifier: Apache-2.0
#include "core/domain/ending.hpp"

#include "core/arm/xen/guest.hpp"
#include "core/audit/summary.hpp"
#include "core/console/input.hpp"
#include "core/console/transmit.hpp"
#include "core/device/device_lines.hpp"
#include "core/device/dma.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/scheduler.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

constinit Atomic<u32> running_domains;

constexpr u64 pieces_in_second = 20'000;  // of 50 us
constexpr u64 rest = 9;                   // times as long as a piece took, a guest runs

const char* reason_text(StopReason reason) {
    switch (reason) {
        case StopReason::power_off:
            return "powered off";
        case StopReason::reset:
            return "asked for a reset: stopped";
        case StopReason::crash:
            return "crashed: stopped";
        case StopReason::watchdog:
            return "did not feed its watchdog: stopped";
        case StopReason::panic:
            return "panicked: stopped";
        case StopReason::all_vcpus_off:
            return "turned its last vCPU off: stopped";
        case StopReason::suspend:
            return "asked to be suspended, and nobody could wake it: stopped";
        case StopReason::none:
            break;
    }
    return "stopped";
}

/// A kernel that has given up asks for a reset: its last words are wanted, too.
bool ended_badly(StopReason reason) {
    return reason != StopReason::power_off && reason != StopReason::suspend &&
           reason != StopReason::all_vcpus_off;
}

/// No guest runs any more: what the command line asks for.
void last_domain_stopped() {
    print_summary();
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

/// Dom0 has the machine's devices: when it asks for the machine's end, it is meant.
void follow_dom0(StopReason reason) {
    if (reason == StopReason::power_off) {
        print_summary();
        log("Dom0 powered off: switching the machine off");
        flush_console();
        arch::power_off();
    }
    if (reason == StopReason::reset) {
        print_summary();
        log("Dom0 asked for a reset: resetting the machine");
        flush_console();
        arch::reset();
    }
}

void say_last_words(Domain& domain) {
    if (!ended_badly(domain.stop_reason) || !domain.console.show_log(domain.ending.place)) {
        domain.ending.stage = Ending::Stage::pages;
    }
}

void hide_pages(Domain& domain) {
    if (!xen::forget_page(domain)) {
        domain.ending.stage = Ending::Stage::devices;
    }
}

void take_devices(Domain& domain) {
    release_device_lines(domain);
    const bool held_back = detach_devices(domain);
    domain.ending.stage = Ending::Stage::ended;
    if (plan().options.release_stopped && !held_back) {
        log("{} is not taken apart: its devices could still write to its memory",
            domain.plan->name);
    } else if (plan().options.release_stopped) {
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

/// The first domain in the CPU's list; it goes out of it when all is done.
void step(PerCpu& cpu) {
    Domain& domain = *cpu.ending;
    switch (domain.ending.stage) {
        case Ending::Stage::words:
            say_last_words(domain);
            return;
        case Ending::Stage::pages:
            hide_pages(domain);
            return;
        case Ending::Stage::devices:
            take_devices(domain);
            return;
        case Ending::Stage::memory:
            take_memory(domain);
            return;
        case Ending::Stage::ended:
            break;
    }
    cpu.ending = domain.ending.next;
    if (domain.plan->is_dom0()) {
        follow_dom0(domain.stop_reason);
    }
    if (running_domains.fetch_sub(1) == 1) {
        last_domain_stopped();
    }
}

}  // namespace

void expect_endings(u32 domains) {
    running_domains.store(domains);
    if (domains == 0) {
        last_domain_stopped();
    }
}

void begin_ending(Domain& domain) {
    domain.stopped_at = arch::counter();
    domain.console.finish();
    resume_input();  // nobody is going to read what the machine's UART was stopped for
    log("{} {}", domain.plan->name, reason_text(domain.stop_reason));
    domain.ending = {};
    xen::end_guest(domain);
    set_state(domain, Domain::State::stopped);
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

bool do_piece_of_endings(PerCpu& cpu) {
    const u64 end = arch::counter() + arch::counter_frequency() / pieces_in_second;
    do {
        if (cpu.ending == nullptr) {
            disarm_timer(cpu.ending_due);
            return false;
        }
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
