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

}  // namespace

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

void stop_domain(Domain& domain, StopReason reason) {
    Domain::State found = Domain::State::running;
    while (!domain.state.compare_exchange(found, Domain::State::stopping)) {
        if (found != Domain::State::running) {
            return;
        }
    }
    domain.stop_reason = reason;
    tell_state(domain);
    kick_vcpus(domain);
}

void vcpu_left(Vcpu& vcpu) {
    vcpu.power.store(Vcpu::Power::off);
    if (vcpu.domain->vcpus_on.fetch_sub(1) == 1) {
        begin_ending(*vcpu.domain);
    }
}

}  // namespace isthmus::core
