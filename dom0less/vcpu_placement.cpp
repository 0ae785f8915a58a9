// SPDX-License-Identifier: Apache-2.0
#include "dom0less/vcpu_placement.hpp"

#include <array>

#include "dom0less/rules.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u32 nobody = ~u32{0};
constexpr u32 gicv2_cpus = 8;  // GIC architecture specification, version 2: 8 CPU interfaces

/// One vCPU of those to be placed. All lists of them are in the order of the domains.
struct Seat {
    const DomainConfig* domain = nullptr;
    const CpuPoolPlan* pool = nullptr;
    const AffinityConfig* affinity = nullptr;  ///< nullptr: any CPU of the pool
    u32 vcpu = 0;                              ///< within its domain
    u32 cpu = nobody;

    bool allows(u32 candidate) const {
        if (affinity != nullptr && !affinity->allows(candidate)) {
            return false;
        }
        for (const u32 each : pool->cpus) {
            if (each == candidate) {
                return true;
            }
        }
        return false;
    }
    bool is_exclusive() const { return pool->scheduler == Options::Scheduler::null; }
};

/// vCPUs with an affinity matched to CPUs of their own, by augmenting paths: whoever comes later
/// may move those before to another CPU that they allow, so that a placement is found when there is
/// one.
class Matching {
  public:
    Matching(usize cpus, std::span<Seat> seats) : cpus_(static_cast<u32>(cpus)), seats_(seats) {
        taken_by_.fill(nobody);
    }

    bool add(u32 seat) {
        visited_.fill(false);
        return augment(seat);
    }

  private:
    /// Depth is bounded by the number of CPUs: each level visits one CPU not visited before.
    bool augment(u32 seat) {
        for (u32 cpu = 0; cpu < cpus_; ++cpu) {
            if (visited_[cpu] || !seats_[seat].allows(cpu)) {
                continue;
            }
            visited_[cpu] = true;
            if (taken_by_[cpu] == nobody || augment(taken_by_[cpu])) {
                taken_by_[cpu] = seat;
                seats_[seat].cpu = cpu;
                return true;
            }
        }
        return false;
    }

    u32 cpus_;
    std::span<Seat> seats_;
    std::array<u32, limits::cpus> taken_by_{};  ///< CPU -> seat
    std::array<bool, limits::cpus> visited_{};
};

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

std::span<Seat> make_seats(const PlanInput& input, const PoolPlacement& pools, Arena& arena,
                           Findings& findings) {
    ArenaVector<Seat> seats(arena);
    for (usize i = 0; i < input.config.domains.size(); ++i) {
        const DomainConfig& domain = input.config.domains[i];
        for (u32 vcpu = 0; vcpu < domain.cpus; ++vcpu) {
            seats.push_back({&domain, &pools.pools[pools.of_domain[i]],
                             find_affinity(domain, vcpu, findings), vcpu, nobody});
        }
    }
    return seats.items();
}

bool is_taken(std::span<const Seat> seats, u32 cpu) {
    for (const Seat& seat : seats) {
        if (seat.cpu == cpu) {
            return true;
        }
    }
    return false;
}

/// Of the CPUs that a vCPU may share: the one with the fewest of its own domain's, then with the
/// fewest of all.
u32 least_used(std::span<const Seat> seats, const Seat& wanted) {
    u32 best = nobody;
    u64 least = ~u64{0};
    for (const u32 cpu : wanted.pool->cpus) {
        if (!wanted.allows(cpu)) {
            continue;
        }
        u64 siblings = 0;
        u64 users = 0;
        for (const Seat& seat : seats) {
            users += seat.cpu == cpu ? 1 : 0;
            siblings += seat.cpu == cpu && seat.domain == wanted.domain ? 1 : 0;
        }
        const u64 use = (siblings << 32) + users;
        if (use < least) {
            least = use;
            best = cpu;
        }
    }
    return best;
}

bool place_constrained(std::span<Seat> seats, usize cpus, Findings& findings) {
    Matching matching(cpus, seats);
    bool good = true;
    for (u32 i = 0; i < seats.size(); ++i) {
        Seat& seat = seats[i];
        if (seat.affinity == nullptr) {
            continue;
        }
        if (!seat.is_exclusive()) {
            seat.cpu = least_used(seats, seat);
        }
        if (seat.is_exclusive() ? !matching.add(i) : seat.cpu == nobody) {
            findings.add(rules::affinity, seat.affinity->path, "hard-affinity",
                         "none of its CPUs is there and free for vCPU {}; the machine has {} CPUs",
                         seat.vcpu, cpus);
            good = false;
        }
    }
    return good;
}

void place_rest(std::span<Seat> seats) {
    for (Seat& seat : seats) {
        if (seat.cpu != nobody) {
            continue;
        }
        if (!seat.is_exclusive()) {
            seat.cpu = least_used(seats, seat);
            continue;
        }
        for (const u32 cpu : seat.pool->cpus) {
            if (!is_taken(seats, cpu)) {
                seat.cpu = cpu;
                break;
            }
        }
    }
}

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
    if (!place_constrained(seats, input.host.cpus.size(), findings)) {
        return {};
    }
    place_rest(seats);
    ArenaVector<u32> cpus(arena);
    for (const Seat& seat : seats) {
        cpus.push_back(seat.cpu);
    }
    return cpus.items();
}

}  // namespace isthmus::dom0less
