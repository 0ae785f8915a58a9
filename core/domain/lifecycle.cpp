// SPDX-License-Identifier: Apache-2.0
#include "core/domain/lifecycle.hpp"

#include "core/arm/xen/guest.hpp"
#include "core/domain/ending.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

void kick_vcpus(const Domain& domain) {
    for (const Vcpu& vcpu : domain.vcpus) {
        arch::kick(vcpu.host_cpu);
    }
}

using Sequel = Domain::Sequel;

}  // namespace

bool change_sequel(Domain& domain, Sequel from, Sequel to) {
    Sequel found = from;
    while (!domain.sequel.compare_exchange(found, to)) {
        if (found != from) {
            return false;
        }
    }
    full_fence();
    return true;
}

void start_domains() {
    if (domains().empty()) {
        log("the tree describes no guest");
    }
    expect_endings(static_cast<u32>(domains().size()));
    for (Domain& domain : domains()) {
        domain.started_at = arch::counter();
        domain.vcpus_on.store(1);
        domain.starts.fetch_add(1);
        set_state(domain, Domain::State::running);
    }
    for (Domain& domain : domains()) {
        Vcpu& first = domain.vcpus[0];
        first.power.store(Vcpu::Power::on);
        arch::kick(first.host_cpu);
    }
}

void start_vcpu(Vcpu& vcpu, u64 entry, u64 context) {
    arch::reset_vcpu(vcpu.registers, vcpu.state, entry, context, vcpu.mpidr);
    vcpu.physical_timer = {};
    vcpu.domain->vgic.reset(*vcpu.vgic);
    xen::vcpu_starts(vcpu);
    vcpu.domain->vcpus_on.fetch_add(1);
    vcpu.power.store(Vcpu::Power::on);
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
    vcpu.power.store(Vcpu::Power::stopping);
}

/// The reason comes before the state: whoever sees the state may read it.
bool stop_domain(Domain& domain, StopReason reason) {
    StopReason before = StopReason::none;
    while (!domain.stop_reason.compare_exchange(before, reason)) {
        if (before != StopReason::none) {
            return false;
        }
    }
    Domain::State found = Domain::State::running;
    while (!domain.state.compare_exchange(found, Domain::State::stopping)) {
        if (found != Domain::State::running) {
            domain.stop_reason.store(StopReason::none);  // it is about to run again
            return false;
        }
    }
    tell_state(domain);
    kick_vcpus(domain);
    return true;
}

bool stop_or_keep_stopped(Domain& domain, StopReason reason) {
    const bool was_open = change_sequel(domain, Sequel::open, Sequel::stays);
    if (was_open) {
        stop_domain(domain, reason);
    }
    return was_open || change_sequel(domain, Sequel::returns, Sequel::stays);
}

bool order_stop(Domain& domain) {
    return stop_or_keep_stopped(domain, StopReason::order);
}

bool order_start(Domain& domain) {
    if (!domain.plan->health.can_restart || is_halting()) {
        return false;
    }
    if (change_sequel(domain, Sequel::stays, Sequel::returns)) {
        return true;
    }
    if (!change_sequel(domain, Sequel::rests, Sequel::returns)) {
        return false;
    }
    expect_one_more_ending();
    set_state(domain, Domain::State::rebuilding);
    domain.vcpus_on.store(1);
    domain.vcpus[0].power.store(Vcpu::Power::summoned);
    arch::kick(domain.vcpus[0].host_cpu);
    return true;
}

bool order_restart(Domain& domain) {
    if (!domain.plan->health.can_restart || is_halting()) {
        return false;
    }
    if (change_sequel(domain, Sequel::open, Sequel::returns)) {
        stop_domain(domain, StopReason::order);
        return true;
    }
    return order_start(domain);
}

void run_again(Domain& domain) {
    domain.started_at = arch::counter();
    domain.paused.store(0);
    domain.vcpus_on.store(1);
    domain.starts.fetch_add(1);
    domain.stop_reason.store(StopReason::none);
    set_state(domain, Domain::State::running);
    domain.vcpus[0].power.store(Vcpu::Power::on);
    arch::kick(domain.vcpus[0].host_cpu);
    full_fence();  // as in change_sequel: an order sees that it runs, or is seen here
    if (domain.sequel.load() != Sequel::open) {
        stop_domain(domain, StopReason::order);
    }
}

bool pause_domain(Domain& domain) {
    if (!domain.is_running() || domain.paused.load() != 0) {
        return false;
    }
    domain.paused_at.store(arch::counter());
    if (domain.paused.exchange(1) != 0) {
        return false;
    }
    kick_vcpus(domain);
    return true;
}

bool resume_domain(Domain& domain) {
    if (domain.paused.load() == 0) {
        return false;
    }
    const u64 paused_for = arch::counter() - domain.paused_at.load();
    domain.paused_ticks.fetch_add(paused_for);  // before the flag: who sees it clear knows the time
    if (domain.paused.exchange(0) == 0) {
        domain.paused_ticks.fetch_sub(paused_for);  // another resumed it
        return false;
    }
    kick_vcpus(domain);
    return true;
}

void vcpu_left(Vcpu& vcpu) {
    vcpu.power.store(Vcpu::Power::off);
    if (vcpu.domain->vcpus_on.fetch_sub(1) == 1) {
        begin_ending(*vcpu.domain);
    }
}

}  // namespace isthmus::core
