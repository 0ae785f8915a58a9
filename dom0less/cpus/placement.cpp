// SPDX-License-Identifier: Apache-2.0
#include "dom0less/cpus/placement.hpp"

#include "dom0less/cpus/seats.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u32 gicv2_cpus = 8;  // GIC architecture specification, version 2: 8 CPU interfaces

/// How many vCPUs the domains of a pool ask for, up to domain number `last`.
u32 count_vcpus(const PlanInput& input, const PoolPlacement& pools, u32 pool, usize last) {
    u32 total = 0;
    for (usize i = 0; i <= last; ++i) {
        total += pools.of_domain[i] == pool ? input.config.domains[i].cpus : 0;
    }
    return total;
}

/// False when a pool has too few CPUs for its domains; told once a pool.
bool check_counts(const PlanInput& input, const PoolPlacement& pools, Findings& findings) {
    const auto& domains = input.config.domains;
    const u8 gic_version = input.host.gic ? input.host.gic->version : u8{0};
    bool good = true;
    for (usize i = 0; i < domains.size(); ++i) {
        if (gic_version == 2 && domains[i].cpus > gicv2_cpus) {
            findings.add(rules::cpus, domains[i].path, "cpus",
                         "{} vCPUs, but a GICv2 serves at most {}", domains[i].cpus, gicv2_cpus);
        }
        const u32 index = pools.of_domain[i];
        const CpuPoolPlan& pool = pools.pools[index];
        const bool shares = pool.scheduler == Options::Scheduler::rr;
        const usize room = shares && !pool.cpus.empty() ? ~u32{0} : pool.cpus.size();
        const u32 before = count_vcpus(input, pools, index, i) - domains[i].cpus;
        if (before + domains[i].cpus <= room) {
            continue;
        }
        good = false;
        if (before <= room && !input.host.cpus.empty()) {
            findings.add(rules::cpu_shortage, domains[i].path, "cpus",
                         "the domains ask for {} vCPUs in all, {} has {} CPUs",
                         count_vcpus(input, pools, index, domains.size() - 1),
                         pools.pools.size() == 1 ? "the machine"
                         : pool.path.empty()     ? "the pool of all other CPUs"
                                                 : pool.path,
                         pool.cpus.size());
        }
    }
    return good;
}

/// The vCPU's hard affinity, or nullptr; a second one is a finding.
const AffinityConfig* find_affinity(const DomainConfig& domain, u32 vcpu, Findings& findings) {
    const AffinityConfig* found = nullptr;
    for (const AffinityConfig& affinity : domain.affinities) {
        if (affinity.vcpu != vcpu) {
            continue;
        }
        if (found != nullptr) {
            findings.add(rules::affinity, affinity.path, "id", "vCPU {} has an affinity already",
                         vcpu);
        } else {
            found = &affinity;
        }
    }
    return found;
}

CpuSet cpus_of(const CpuPoolPlan& pool) {
    CpuSet cpus;
    for (const u32 cpu : pool.cpus) {
        cpus.add(cpu);
    }
    return cpus;
}

CpuSet cpus_of(const AffinityConfig& affinity) {
    CpuSet cpus;
    for (const AffinityConfig::Span& span : affinity.cpus) {
        cpus.add_span(span.first, span.last);
    }
    return cpus;
}

/// Empty where the arena is used up.
std::span<Seat> make_seats(const PlanInput& input, const PoolPlacement& pools, Arena& arena,
                           Findings& findings) {
    usize count = 0;
    for (const DomainConfig& domain : input.config.domains) {
        count += domain.cpus;
    }
    const std::span<Seat> seats = arena.allocate<Seat>(count);
    for (usize i = 0, next = 0; i < input.config.domains.size() && !seats.empty(); ++i) {
        const DomainConfig& domain = input.config.domains[i];
        const CpuPoolPlan& pool = pools.pools[pools.of_domain[i]];
        const CpuSet all = cpus_of(pool);
        for (u32 vcpu = 0; vcpu < domain.cpus; ++vcpu) {
            const AffinityConfig* affinity = find_affinity(domain, vcpu, findings);
            const CpuSet allowed = affinity == nullptr ? all : all.intersection(cpus_of(*affinity));
            seats[next++] = {&domain, &pool, affinity, allowed, vcpu, no_cpu};
        }
    }
    return seats;
}

/// Places vCPUs of the same machine in two rounds.
class Placer {
  public:
    Placer(std::span<Seat> seats, usize cpus, Findings& findings)
        : seats_(seats), cpus_(cpus), findings_(findings), exclusive_(seats) {}

    /// False when one cannot be; a finding says so.
    bool place_constrained() {
        bool good = true;
        for_each_seat([&](u32 index, Seat& seat) {
            if (seat.affinity == nullptr) {
                return;
            }
            if (!seat.is_exclusive()) {
                shared_.take_least_used(seat);
            }
            if (seat.is_exclusive() ? !exclusive_.match(index) : seat.cpu == no_cpu) {
                findings_.add(
                    rules::affinity, seat.affinity->path, "hard-affinity",
                    "none of its CPUs is there and free for vCPU {}; the machine has {} CPUs",
                    seat.vcpu, cpus_);
                good = false;
            }
        });
        return good;
    }

    void place_rest() {
        for_each_seat([&](u32 index, Seat& seat) {
            if (seat.cpu == no_cpu && seat.is_exclusive()) {
                exclusive_.take_first(index);
            } else if (seat.cpu == no_cpu) {
                shared_.take_least_used(seat);
            }
        });
    }

  private:
    template <class Visit>
    void for_each_seat(Visit&& visit) {
        for (u32 i = 0; i < seats_.size(); ++i) {
            if (seats_[i].vcpu == 0) {
                shared_.enter(seats_.subspan(i, seats_[i].domain->cpus));
            }
            visit(i, seats_[i]);
        }
    }

    std::span<Seat> seats_;
    usize cpus_;
    Findings& findings_;
    ExclusiveCpus exclusive_;
    SharedCpus shared_;
};

}  // namespace

std::span<const u32> place_vcpus(const PlanInput& input, const PoolPlacement& pools, Arena& arena,
                                 Findings& findings) {
    // Where the arena is used up, which the planner reports, there are fewer.
    const bool has_all = pools.pools.size() == input.config.pools.size() + 1 &&
                         pools.of_domain.size() == input.config.domains.size();
    if (!has_all || !check_counts(input, pools, findings)) {
        return {};
    }
    const std::span<Seat> seats = make_seats(input, pools, arena, findings);
    Placer placer(seats, input.host.cpus.size(), findings);
    if (!placer.place_constrained()) {
        return {};
    }
    placer.place_rest();
    const std::span<u32> cpus = arena.allocate<u32>(seats.size());
    for (usize i = 0; i < cpus.size(); ++i) {
        cpus[i] = seats[i].cpu;
    }
    return cpus;
}

}  // namespace isthmus::dom0less
