// SPDX-License-Identifier: Apache-2.0
#include "core/lifecycle.hpp"

#include "core/console_input.hpp"
#include "core/device_lines.hpp"
#include "core/dma.hpp"
#include "core/machine_memory.hpp"
#include "core/summary.hpp"
#include "core/teardown.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

constinit Atomic<u32> running_domains;

const char* reason_text(StopReason reason) {
    switch (reason) {
        case StopReason::power_off:
            return "powered off";
        case StopReason::reset:
            return "asked for a reset: stopped";
        case StopReason::crash:
            return "crashed: stopped";
        case StopReason::all_vcpus_off:
            return "turned its last vCPU off: stopped";
        case StopReason::none:
            break;
    }
    return "stopped";
}

/// A kernel that has given up asks for a reset: its last words are wanted, too.
bool ended_badly(StopReason reason) {
    return reason == StopReason::crash || reason == StopReason::reset;
}

void kick_vcpus(const Domain& domain) {
    for (const Vcpu& vcpu : domain.vcpus) {
        arch::kick(vcpu.host_cpu);
    }
}

/// No guest runs any more: what the command line asks for.
void last_domain_stopped() {
    print_summary();
    using OnLastOff = dom0less::Options::OnLastOff;
    switch (plan().options.on_last_off) {
        case OnLastOff::poweroff:
            log("no guest is left: switching the machine off");
            arch::power_off();
        case OnLastOff::reset:
            log("no guest is left: resetting the machine");
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
        arch::power_off();
    }
    if (reason == StopReason::reset) {
        print_summary();
        log("Dom0 asked for a reset: resetting the machine");
        arch::reset();
    }
}

void finish_domain(Domain& domain) {
    domain.stopped_at = arch::counter();
    domain.console.finish();
    resume_input();  // nobody is going to read what the UART was stopped for
    log("{} {}", domain.plan->name, reason_text(domain.stop_reason));
    if (ended_badly(domain.stop_reason)) {
        domain.console.show_log();
    }
    domain.state.store(static_cast<u32>(Domain::State::stopped));
    release_device_lines(domain);
    const bool held_back = detach_devices(domain);
    if (plan().options.release_stopped && !held_back) {
        log("{} is not taken apart: its devices could still write to its memory",
            domain.plan->name);
    } else if (plan().options.release_stopped) {
        dismantle_domain(domain);
        log("{} is taken apart: {} of {} heap pages are free", domain.plan->name, heap_free_pages(),
            heap_total_pages());
    }
    if (domain.plan->is_dom0()) {
        follow_dom0(domain.stop_reason);
    }
    if (running_domains.fetch_sub(1) == 1) {
        last_domain_stopped();
    }
}

}  // namespace

void start_domains() {
    running_domains.store(static_cast<u32>(domains().size()));
    for (Domain& domain : domains()) {
        domain.started_at = arch::counter();
        domain.vcpus_on.store(1);
        domain.state.store(static_cast<u32>(Domain::State::running));
    }
    for (Domain& domain : domains()) {
        Vcpu& first = domain.vcpus[0];
        first.power.store(static_cast<u32>(Vcpu::Power::on));
        arch::kick(first.host_cpu);
    }
    if (domains().empty()) {
        log("the tree describes no guest");
        last_domain_stopped();
    }
}

void start_vcpu(Vcpu& vcpu, u64 entry, u64 context) {
    arch::reset_vcpu(vcpu.registers, vcpu.state, entry, context, vcpu.mpidr);
    vcpu.physical_timer = {};
    vcpu.domain->vgic.reset(*vcpu.vgic);
    vcpu.domain->vcpus_on.fetch_add(1);
    vcpu.power.store(static_cast<u32>(Vcpu::Power::on));
    arch::kick(vcpu.host_cpu);
}

void turn_off_vcpu(Vcpu& vcpu) {
    disarm_timer(vcpu.physical_deadline);
    vcpu.domain->vgic.reset(*vcpu.vgic);
    if (vcpu.domain->vcpus_on.fetch_sub(1) == 1) {
        vcpu.domain->vcpus_on.fetch_add(1);  // the last one leaves with its domain
        stop_domain(*vcpu.domain, StopReason::all_vcpus_off);
        return;
    }
    vcpu.power.store(static_cast<u32>(Vcpu::Power::stopping));
}

void stop_domain(Domain& domain, StopReason reason) {
    auto found = static_cast<u32>(Domain::State::running);
    while (!domain.state.compare_exchange(found, static_cast<u32>(Domain::State::stopping))) {
        if (found != static_cast<u32>(Domain::State::running)) {
            return;
        }
    }
    domain.stop_reason = reason;
    kick_vcpus(domain);
}

void vcpu_left(Vcpu& vcpu) {
    vcpu.power.store(static_cast<u32>(Vcpu::Power::off));
    if (vcpu.domain->vcpus_on.fetch_sub(1) == 1) {
        finish_domain(*vcpu.domain);
    }
}

}  // namespace isthmus::core
