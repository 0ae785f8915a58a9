// SPDX-License-Identifier: Apache-2.0
// What cpus/placement.hpp promises, for any pools, domains and wishes: said here without knowing
// how it is done.
#include <gtest/gtest.h>
// rapidcheck's GoogleTest header needs GoogleTest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "dom0less/cpus/placement.hpp"

#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

struct RandomDomain {
    u32 pool;
    u32 vcpus;
    std::vector<std::pair<u32, std::pair<u32, u32>>> wishes;  ///< vCPU, first and last CPU
};

struct RandomSystem {
    std::vector<u32> pool_of_cpu;  ///< 0 or 1
    bool first_is_shared;
    bool second_is_shared;
    std::vector<RandomDomain> domains;
};

/// A machine of few CPUs that is nearly full, and vCPUs of which every second one has a wish: with
/// rapidcheck's own containers most systems would be refused, or have room for everything.
RandomSystem random_system(std::mt19937_64& random) {
    const auto below = [&](u32 end) { return static_cast<u32>(random() % end); };
    RandomSystem system{{}, below(2) == 0, below(2) == 0, {}};
    const u32 cpus = 2 + below(6);
    std::array<u32, 2> room{};
    for (u32 cpu = 0; cpu < cpus; ++cpu) {
        system.pool_of_cpu.push_back(below(3) == 0 ? 1 : 0);
        ++room.at(system.pool_of_cpu.back());
    }
    for (u32 i = below(5); i > 0; --i) {
        RandomDomain domain{below(3) == 0 ? 1u : 0u, 1 + below(4), {}};
        const bool shared = domain.pool == 0 ? system.first_is_shared : system.second_is_shared;
        u32& left = room.at(domain.pool);
        if (!shared && domain.vcpus > left && below(8) != 0) {
            continue;  // a pool that is too small is no news
        }
        left -= shared ? 0 : std::min(left, domain.vcpus);
        for (u32 vcpu = 0; vcpu < domain.vcpus; ++vcpu) {
            if (below(2) == 0) {
                const u32 first = below(cpus);
                domain.wishes.push_back({vcpu, {first, first + below(3)}});
            }
        }
        system.domains.push_back(domain);
    }
    return system;
}

/// Each of rapidcheck's runs looks at so many.
template <class Check>
void for_random_systems(Check&& check) {
    std::mt19937_64 random(*rc::gen::noShrink(rc::gen::resize(1000, rc::gen::arbitrary<u64>())));
    for (int i = 0; i < 50; ++i) {
        check(random_system(random));
    }
}

/// One vCPU and the CPUs that it may run on.
struct Wanted {
    usize domain;
    bool is_free;  ///< it has no affinity
    std::set<u32> cpus;
};

class PlacedSystem {
  public:
    explicit PlacedSystem(const RandomSystem& system) : system_(system) {
        cpus_.resize(system.pool_of_cpu.size());
        for (u32 cpu = 0; cpu < cpus_.size(); ++cpu) {
            of_pool_.at(system.pool_of_cpu[cpu]).push_back(cpu);
        }
        for (u32 i = 0; i < 2; ++i) {
            pools_.at(i) = {is_shared(i) ? Options::Scheduler::rr : Options::Scheduler::null,
                            of_pool_.at(i),
                            {}};
        }
        // Room for all of them first: domains keep spans of these.
        spans_.reserve(64);
        affinities_.reserve(system.domains.size());
        for (const RandomDomain& domain : system.domains) {
            add(domain);
        }
        machine_.cpus = cpus_;
        config_.domains = domains_;
        config_.pools = {pool_nodes_.data(), 1};
        const auto placed = place_vcpus({machine_, config_, options_, {}, {}}, {pools_, chosen_},
                                        arena_, findings_);
        cpus.assign(placed.begin(), placed.end());
    }

    bool is_shared(u32 pool) const {
        return pool == 0 ? system_.first_is_shared : system_.second_is_shared;
    }
    u32 pool_of(const Wanted& vcpu) const { return chosen_[vcpu.domain]; }
    const std::vector<u32>& cpus_of_pool(u32 pool) const { return of_pool_.at(pool); }
    bool is_refused() const { return findings_.has_errors(); }

    std::vector<Wanted> wanted;
    std::vector<u32> cpus;  ///< of `wanted`, or none

  private:
    void add(const RandomDomain& random) {
        DomainConfig domain;
        domain.path = "/chosen/domain";
        domain.cpus = random.vcpus;
        std::vector<AffinityConfig>& affinities = affinities_.emplace_back();
        const std::set<u32> all(of_pool_.at(random.pool).begin(), of_pool_.at(random.pool).end());
        std::vector<Wanted> vcpus(random.vcpus, Wanted{domains_.size(), true, all});
        for (const auto& [vcpu, span] : random.wishes) {
            if (vcpu >= random.vcpus || !vcpus[vcpu].is_free) {
                continue;
            }
            spans_.push_back({span.first, span.second});
            affinities.push_back({vcpu, {&spans_.back(), 1}, "/chosen/domain/vcpu"});
            vcpus[vcpu].is_free = false;
            std::erase_if(vcpus[vcpu].cpus,
                          [&](u32 cpu) { return cpu < span.first || span.second < cpu; });
        }
        domain.affinities = affinities;
        domains_.push_back(domain);
        chosen_.push_back(random.pool);
        wanted.insert(wanted.end(), vcpus.begin(), vcpus.end());
    }

    const RandomSystem& system_;
    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 18);
    Arena arena_{memory_};
    Findings findings_{arena_};
    std::vector<fdt::HostCpu> cpus_;
    std::array<std::vector<u32>, 2> of_pool_;
    std::array<CpuPoolPlan, 2> pools_;
    std::array<CpuPoolConfig, 1> pool_nodes_;
    std::vector<AffinityConfig::Span> spans_;
    std::vector<std::vector<AffinityConfig>> affinities_;
    std::vector<DomainConfig> domains_;
    std::vector<u32> chosen_;
    fdt::HostDescription machine_;
    SystemConfig config_;
    Options options_;
};

/// Whether all from number `next` on can have a CPU: alone where CPUs are not shared. Tries all.
bool can_be_placed(const PlacedSystem& system, usize next, std::set<u32>& taken) {
    if (next == system.wanted.size()) {
        return true;
    }
    const Wanted& vcpu = system.wanted[next];
    const bool shared = system.is_shared(system.pool_of(vcpu));
    if (shared) {
        return !vcpu.cpus.empty() && can_be_placed(system, next + 1, taken);
    }
    // Those without a wish take what is left, which their pool must be large enough for.
    for (const u32 cpu : vcpu.cpus) {
        if (taken.insert(cpu).second) {
            const bool good = can_be_placed(system, next + 1, taken);
            taken.erase(cpu);
            if (good) {
                return true;
            }
        }
    }
    return false;
}

/// More vCPUs than a pool has CPUs: no search is needed, and none would end soon.
bool is_short(const PlacedSystem& system) {
    for (u32 pool = 0; pool < 2; ++pool) {
        const usize vcpus = static_cast<usize>(std::ranges::count_if(
            system.wanted, [&](const Wanted& vcpu) { return system.pool_of(vcpu) == pool; }));
        if (system.is_shared(pool) ? vcpus != 0 && system.cpus_of_pool(pool).empty()
                                   : vcpus > system.cpus_of_pool(pool).size()) {
            return true;
        }
    }
    return false;
}

/// Of the vCPUs that `counts` accepts, how many each CPU of the pool has: the difference between
/// most and fewest.
template <class Counts>
u32 unevenness(const PlacedSystem& system, u32 pool, Counts&& counts) {
    std::vector<u32> users(16);
    for (usize i = 0; i < system.wanted.size(); ++i) {
        users.at(system.cpus[i]) += counts(system.wanted[i]) ? 1u : 0u;
    }
    u32 most = 0;
    u32 fewest = ~u32{0};
    for (const u32 cpu : system.cpus_of_pool(pool)) {
        most = std::max(most, users.at(cpu));
        fewest = std::min(fewest, users.at(cpu));
    }
    return most < fewest ? 0 : most - fewest;
}

void check_allowed(const RandomSystem& random) {
    const PlacedSystem system(random);
    std::set<u32> alone;
    for (usize i = 0; i < system.cpus.size(); ++i) {
        RC_ASSERT(system.wanted[i].cpus.contains(system.cpus[i]));
        if (!system.is_shared(system.pool_of(system.wanted[i]))) {
            RC_ASSERT(alone.insert(system.cpus[i]).second);
        }
    }
}

void check_found(const RandomSystem& random) {
    const PlacedSystem system(random);
    std::set<u32> taken;
    const bool possible = !is_short(system) && can_be_placed(system, 0, taken);
    RC_ASSERT(system.is_refused() != possible);
    RC_ASSERT(system.cpus.size() == (possible ? system.wanted.size() : 0));
}

void check_even(const RandomSystem& random) {
    const PlacedSystem system(random);
    if (system.cpus.empty()) {
        return;
    }
    for (usize domain = 0; domain < random.domains.size(); ++domain) {
        const u32 pool = random.domains[domain].pool;
        const auto is_its = [&](const Wanted& vcpu) { return vcpu.domain == domain; };
        const bool is_free = std::ranges::all_of(
            system.wanted, [&](const Wanted& vcpu) { return vcpu.is_free || !is_its(vcpu); });
        RC_ASSERT(!is_free || !system.is_shared(pool) || unevenness(system, pool, is_its) <= 1);
    }
    for (u32 pool = 0; pool < 2; ++pool) {
        const auto is_there = [&](const Wanted& vcpu) { return system.pool_of(vcpu) == pool; };
        const bool all_free = std::ranges::all_of(
            system.wanted, [&](const Wanted& vcpu) { return vcpu.is_free || !is_there(vcpu); });
        RC_ASSERT(!all_free || !system.is_shared(pool) || unevenness(system, pool, is_there) <= 1);
    }
}

RC_GTEST_PROP(PlacementProperty, EachHasACpuThatItMayHave, ()) {
    for_random_systems(check_allowed);
}

RC_GTEST_PROP(PlacementProperty, APlaceIsFoundWhenThereIsOne, ()) {
    for_random_systems(check_found);
}

RC_GTEST_PROP(PlacementProperty, SharedCpusAreFilledEvenly, ()) {
    for_random_systems(check_even);
}

}  // namespace
}  // namespace isthmus::dom0less
