// SPDX-License-Identifier: Apache-2.0
#include "dom0less/vcpu_placement.hpp"

#include <array>

#include "dom0less/rules.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u32 nobody = ~u32{0};
constexpr u32 gicv2_cpus = 8;  // GIC architecture specification, version 2: 8 CPU interfaces

/// One vCPU that may not run everywhere.
struct Wish {
    const AffinityConfig* affinity = nullptr;
    u32 vcpu = 0;  ///< counted over all domains
};

/// vCPUs with an affinity matched to CPUs, by augmenting paths: whoever comes later may move those
/// before to another CPU that they allow, so that a placement is found when there is one.
class Matching {
  public:
    Matching(usize cpus, std::span<const Wish> wishes)
        : cpus_(static_cast<u32>(cpus)), wishes_(wishes) {
        taken_by_.fill(nobody);
    }

    bool add(u32 wish) {
        visited_.fill(false);
        return augment(wish);
    }
    /// The wish that has this CPU, or nullptr.
    const Wish* user(u32 cpu) const {
        return taken_by_[cpu] == nobody ? nullptr : &wishes_[taken_by_[cpu]];
    }

  private:
    /// Depth is bounded by the number of CPUs: each level visits one CPU not visited before.
    bool augment(u32 wish) {
        for (u32 cpu = 0; cpu < cpus_; ++cpu) {
            if (visited_[cpu] || !wishes_[wish].affinity->allows(cpu)) {
                continue;
            }
            visited_[cpu] = true;
            if (taken_by_[cpu] == nobody || augment(taken_by_[cpu])) {
                taken_by_[cpu] = wish;
                return true;
            }
        }
        return false;
    }

    u32 cpus_;
    std::span<const Wish> wishes_;
    std::array<u32, limits::cpus> taken_by_{};  ///< CPU -> wish
    std::array<bool, limits::cpus> visited_{};
};

u32 count_vcpus(const PlanInput& input, Findings& findings) {
    u32 total = 0;
    const usize cpus = input.host.cpus.size();
    const u8 gic_version = input.host.gic ? input.host.gic->version : u8{0};
    bool told = false;
    for (const DomainConfig& domain : input.config.domains) {
        total += domain.cpus;
        if (gic_version == 2 && domain.cpus > gicv2_cpus) {
            findings.add(rules::cpus, domain.path, "cpus",
                         "{} vCPUs, but a GICv2 serves at most {}", domain.cpus, gicv2_cpus);
        }
        if (total > cpus && !told && cpus != 0) {
            told = true;
            u32 all = 0;
            for (const DomainConfig& each : input.config.domains) {
                all += each.cpus;
            }
            findings.add(rules::cpu_shortage, domain.path, "cpus",
                         "the domains ask for {} vCPUs in all, the machine has {} CPUs", all, cpus);
        }
    }
    return total > cpus ? 0 : total;
}

bool is_repeated(std::span<const Wish> wishes, u32 vcpu) {
    for (const Wish& earlier : wishes) {
        if (earlier.vcpu == vcpu) {
            return true;
        }
    }
    return false;
}

/// All hard affinities; two for one vCPU are a finding.
std::span<const Wish> collect_wishes(const SystemConfig& config, Arena& arena, Findings& findings) {
    ArenaVector<Wish> wishes(arena);
    u32 first = 0;
    for (const DomainConfig& domain : config.domains) {
        for (const AffinityConfig& affinity : domain.affinities) {
            const u32 vcpu = first + affinity.vcpu;
            if (is_repeated(wishes.items(), vcpu)) {
                findings.add(rules::affinity, affinity.path, "id",
                             "vCPU {} has an affinity already", affinity.vcpu);
            } else {
                wishes.push_back({&affinity, vcpu});
            }
        }
        first += domain.cpus;
    }
    return wishes.items();
}

bool place_constrained(const PlanInput& input, std::span<u32> cpu_of, Arena& arena,
                       Findings& findings) {
    const std::span<const Wish> wishes = collect_wishes(input.config, arena, findings);
    const usize cpus = input.host.cpus.size();
    Matching matching(cpus, wishes);
    bool good = true;
    for (u32 i = 0; i < wishes.size(); ++i) {
        if (!matching.add(i)) {
            findings.add(rules::affinity, wishes[i].affinity->path, "hard-affinity",
                         "none of its CPUs is there and free for vCPU {}; the machine has {} CPUs",
                         wishes[i].affinity->vcpu, cpus);
            good = false;
        }
    }
    for (u32 cpu = 0; cpu < cpus; ++cpu) {
        if (const Wish* wish = matching.user(cpu)) {
            cpu_of[wish->vcpu] = cpu;
        }
    }
    return good;
}

bool is_taken(std::span<const u32> cpu_of, u32 cpu) {
    for (const u32 taken : cpu_of) {
        if (taken == cpu) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::span<const u32> place_vcpus(const PlanInput& input, Arena& arena, Findings& findings) {
    const u32 total = count_vcpus(input, findings);
    const std::span<u32> cpu_of = arena.allocate<u32>(total);
    for (u32& cpu : cpu_of) {
        cpu = nobody;
    }
    if (cpu_of.empty() || !place_constrained(input, cpu_of, arena, findings)) {
        return {};
    }
    u32 next = 0;
    for (u32& cpu : cpu_of) {
        if (cpu != nobody) {
            continue;
        }
        while (is_taken(cpu_of, next)) {
            ++next;
        }
        cpu = next;
    }
    return cpu_of;
}

}  // namespace isthmus::dom0less
