// SPDX-License-Identifier: Apache-2.0
#include "tests/model/lives/world.hpp"

#include <memory>

#include "core/domain/lifecycle.hpp"

namespace isthmus::model::lives {
namespace {

using core::Domain;
using core::Vcpu;

constexpr unsigned rounds_at_once = 12;  // pieces of endings in one look
constexpr unsigned most_rounds = 40;

std::unique_ptr<World> owned;

Vcpu* vcpu_here(usize guest, usize number) {
    Vcpu& vcpu = world->vcpus[guest][number];
    return number < world->domains[guest].vcpus.size() && vcpu.host_cpu == this_cpu_number()
               ? &vcpu
               : nullptr;
}

/// As core/run/scheduler.cpp: a vCPU that was turned off is let go of; one that is on in a domain
/// that has stopped, or that is to build it again, leaves.
bool leave_or_retire(Vcpu& vcpu) {
    using Power = Vcpu::Power;
    const Power power = vcpu.power.load();
    if (power == Power::stopping) {
        vcpu.power.store(Power::off);
        return true;
    }
    if ((power == Power::on && !vcpu.domain->is_running()) || power == Power::summoned) {
        core::vcpu_left(vcpu);
        return true;
    }
    return false;
}

bool go_round() {
    bool something = false;
    for (usize guest = 0; guest < guests; ++guest) {
        for (usize number = 0; number < 2; ++number) {
            if (Vcpu* vcpu = vcpu_here(guest, number); vcpu != nullptr) {
                something = leave_or_retire(*vcpu) || something;
            }
        }
    }
    core::PerCpu& cpu = world->cpus[this_cpu_number()];
    for (unsigned piece = 0; piece < rounds_at_once && do_piece_of_endings(cpu); ++piece) {
        something = true;
    }
    return something || cpu.ending != nullptr;
}

u64 word_shown(usize guest) {
    const auto& page = *reinterpret_cast<const core::PeerStatusPage*>(world->page.data());
    return page.slots[guest].word.load();
}

const char* contradiction_of(Domain& domain, usize guest) {
    const bool is_up = runs(domain);
    if (!is_up && !rests(domain)) {
        return "it neither runs nor rests";
    }
    if (domain.vcpus_on.load() != (is_up ? 1u : 0u)) {
        return "vCPUs are counted wrong";
    }
    for (const Vcpu& vcpu : domain.vcpus) {
        const bool is_on = is_up && vcpu.id == 0;
        if (vcpu.power.load() != (is_on ? Vcpu::Power::on : Vcpu::Power::off)) {
            return "a vCPU is neither as it should be";
        }
    }
    const auto state = is_up ? core::PeerState::running : core::PeerState::stopped;
    if (word_shown(guest) != (u64{domain.starts.load()} << 32 | static_cast<u32>(state))) {
        return "peers are shown what is not so";
    }
    return nullptr;
}

}  // namespace

World* world = nullptr;

void build(dom0less::EndAnswer answer) {
    owned = std::make_unique<World>();
    world = owned.get();
    World& w = *world;
    w.host = {*HostRange::from(HostAddress(0), page_size)};
    w.status.role = shm::RegionPlan::Role::status;
    w.status.host = w.host;
    w.status.parties = w.parties;
    w.plan.regions = std::span(&w.status, 1);
    w.plan.options.on_last_off = dom0less::Options::OnLastOff::halt;
    for (usize guest = 0; guest < guests; ++guest) {
        dom0less::DomainPlan& plan = w.domain_plans[guest];
        plan.id = static_cast<DomainId>(1 + guest);
        plan.health.on_reset = answer;
        plan.health.group = "both";
        plan.views = std::span(&w.view, 1);
        w.parties[guest] = plan.id;
        Domain& domain = w.domains[guest];
        domain.plan = &plan;
        domain.vcpus = std::span(w.vcpus[guest].data(), guest == 0 ? 2 : 1);
        for (u32 number = 0; number < domain.vcpus.size(); ++number) {
            domain.vcpus[number].domain = &domain;
            domain.vcpus[number].id = number;
            domain.vcpus[number].host_cpu = guest == 0 ? number : 1;
        }
    }
    for (u32 cpu = 0; cpu < cpu_count; ++cpu) {
        w.cpus[cpu].index = cpu;
    }
    core::adopt_plan(w.plan);
    core::adopt_domains(w.domains);
    core::open_peer_status(HostAddress(0), guests);
    core::start_domains();
}

void look() {
    go_round();
}

void settle_down() {
    for (unsigned round = 0; round < most_rounds; ++round) {
        bool something = false;
        for (unsigned cpu = 0; cpu < cpu_count; ++cpu) {
            go_on_as(cpu);
            something = go_round() || something;
        }
        if (!something) {
            return;
        }
    }
    fault("it never comes to an end");
}

void ask(Domain& domain, core::StopReason reason) {
    core::stop_domain(domain, reason);
}
void turn_off(Vcpu& vcpu) {
    core::turn_off_vcpu(vcpu);
}
void turn_on(Vcpu& vcpu) {
    vcpu.power.store(Vcpu::Power::starting);
    core::start_vcpu(vcpu, 0, 0);
}

bool runs(Domain& domain) {
    const LockGuard guard(domain.life_lock);
    return domain.is_running() && domain.sequel == Domain::Sequel::open;
}
bool rests(Domain& domain) {
    const LockGuard guard(domain.life_lock);
    return domain.state.load() == Domain::State::stopped && domain.sequel == Domain::Sequel::rests;
}

const char* contradiction() {
    for (usize guest = 0; guest < guests; ++guest) {
        if (const char* wrong = contradiction_of(world->domains[guest], guest); wrong != nullptr) {
            return wrong;
        }
    }
    return nullptr;
}

}  // namespace isthmus::model::lives
