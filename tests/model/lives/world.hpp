// SPDX-License-Identifier: Apache-2.0
// Two guests on two CPUs, whose lives are lived by core/domain as it is; a third CPU gives orders.
// What a CPU does for its vCPUs, the scheduler's part of it, is here.
#pragma once

#include <array>
#include <cstddef>

#include "core/device/peer_status.hpp"
#include "core/domain/domain.hpp"
#include "core/run/per_cpu.hpp"
#include "tests/model/schedule/schedule.hpp"

namespace isthmus::model::lives {

inline constexpr usize guests = 2;

struct World {
    std::array<dom0less::DomainPlan, guests> domain_plans;
    dom0less::Plan plan;
    shm::RegionPlan status;
    std::array<DomainId, guests> parties{};
    std::array<HostRange, 1> host{};
    shm::SharedViewPlan view;
    std::array<core::Domain, guests> domains;
    std::array<std::array<core::Vcpu, 2>, guests> vcpus;
    std::array<core::PerCpu, cpu_count> cpus;
    alignas(page_size) std::array<std::byte, page_size> page{};

    bool rebuild_fails = false;
    u64 now = 0;
};
extern World* world;

/// Guest 0 has a vCPU on CPU 0 and one on CPU 1, the second off; guest 1 has one on CPU 1. Both
/// run. `answer`: to a reset of either.
void build(dom0less::EndAnswer answer);

/// The running CPU's round: those of its vCPUs whose domain has stopped leave, endings go on.
void look();
/// Every CPU goes round until nothing is left to do: the judge, behind the programs.
void settle_down();

/// The guest asks for it on the running CPU, by its vCPU there.
void ask(core::Domain& domain, core::StopReason reason);
void turn_off(core::Vcpu& vcpu);
void turn_on(core::Vcpu& vcpu);

/// Of a world that has settled down: its words fit together, and peers are shown what is so.
const char* contradiction();
bool runs(core::Domain& domain);
bool rests(core::Domain& domain);

}  // namespace isthmus::model::lives
