// SPDX-License-Identifier: Apache-2.0
#include "core/domain/lifecycle.hpp"

#include "core/arm/xen/guest.hpp"
#include "core/device/statistics.hpp"
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

/// The first half of a stop, for the holder of its life_lock. False: it does not run.
bool end_life(Domain& domain, StopReason reason) {
    if (!domain.is_running()) {
        return false;
    }
    domain.stop_reason.store(reason);  // first: who sees the state may read it
    domain.state.store(Domain::State::stopping);
    return true;
}

/// The second half, without the lock.
void have_vcpus_leave(const Domain& domain) {
    tell_stopping(domain);
    kick_vcpus(domain);
}

/// What an order to run meets.
enum class Found : u8 { nothing_to_do, living, ending, resting };

/// It is to run when its ending is over. What halts the machine says so first and then keeps every
/// domain stopped, with each one's lock: it finds the order, or the order finds that it halts.
Found order_to_return(Domain& domain, bool ends_life) {
    const LockGuard guard(domain.life_lock);
    if (!domain.plan->health.can_restart || is_halting()) {
        return Found::nothing_to_do;
    }
    const Sequel before = domain.sequel;
    if (before != Sequel::stays && before != Sequel::rests &&
        !(ends_life && before == Sequel::open)) {
        return Found::nothing_to_do;
    }
    domain.sequel = Sequel::returns;
    if (before == Sequel::open) {
        return end_life(domain, StopReason::order) ? Found::living : Found::ending;
    }
    return before == Sequel::rests ? Found::resting : Found::ending;
}

/// Nobody works on it: its first vCPU's CPU is to build it again.
void summon(Domain& domain) {
    expect_one_more_ending();
    set_state(domain, Domain::State::rebuilding);
    domain.vcpus_on.store(1);
    domain.vcpus[0].power.store(Vcpu::Power::summoned);
    arch::kick(domain.vcpus[0].host_cpu);
}

bool carry_out(Domain& domain, Found found) {
    if (found == Found::living) {
        have_vcpus_leave(domain);
    } else if (found == Found::resting) {
        summon(domain);
    }
    return found != Found::nothing_to_do;
}

}  // namespace

bool change_sequel(Domain& domain, Sequel from, Sequel to) {
    const LockGuard guard(domain.life_lock);
    if (domain.sequel != from) {
        return false;
    }
    domain.sequel = to;
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

bool stop_domain(Domain& domain, StopReason reason) {
    {
        const LockGuard guard(domain.life_lock);
        if (!end_life(domain, reason)) {
            return false;
        }
    }
    have_vcpus_leave(domain);
    return true;
}

bool stop_or_keep_stopped(Domain& domain, StopReason reason) {
    {
        const LockGuard guard(domain.life_lock);
        if (domain.sequel != Sequel::open && domain.sequel != Sequel::returns) {
            return false;
        }
        domain.sequel = Sequel::stays;
        if (!end_life(domain, reason)) {
            return true;  // it has stopped, or is stopping
        }
    }
    have_vcpus_leave(domain);
    return true;
}

bool order_stop(Domain& domain) {
    return stop_or_keep_stopped(domain, StopReason::order);
}
bool order_start(Domain& domain) {
    return carry_out(domain, order_to_return(domain, false));
}
bool order_restart(Domain& domain) {
    return carry_out(domain, order_to_return(domain, true));
}

bool begin_next_life(Domain& domain) {
    const LockGuard guard(domain.life_lock);
    if (domain.sequel != Sequel::returns) {
        return false;
    }
    domain.sequel = Sequel::open;
    domain.started_at = arch::counter();
    domain.paused.store(0);
    domain.vcpus_on.store(1);
    domain.starts.fetch_add(1);
    domain.state.store(Domain::State::running);
    return true;
}

/// It may have been stopped by now: then the vCPU leaves at once, as one that runs does.
void run_again(Domain& domain) {
    tell_state(domain);
    domain.vcpus[0].power.store(Vcpu::Power::on);
    arch::kick(domain.vcpus[0].host_cpu);
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
