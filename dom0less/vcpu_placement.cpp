// SPDX-License-Identifier: Apache-2.0
#include "dom0less/vcpu_placement.hpp"

#include <array>

#include "dom0less/rules.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u32 nobody = ~u32{0};
constexpr u32 gicv2_cpus = 8;  // GIC architecture specification, version 2: 8 CPU interfaces

/// vCPUs with an affinity matched to CPUs, by augmenting paths: whoever comes later may move those
/// before to another CPU that they allow, so that a placement is found when there is one.
class Matching {
  public:
    Matching(const fdt::HostDescription& host, std::span<const u32> vcpu_of_affinity)
        : cpus_(static_cast<u32>(host.cpus.size())), vcpu_of_affinity_(vcpu_of_affinity) {
        taken_by_.fill(nobody);
    }

    bool add(std::span<const AffinityConfig* const> affinities, u32 index) {
        visited_.fill(false);
        return augment(affinities, index);
    }
    u32 user(u32 cpu) const { return taken_by_[cpu]; }
    u32 vcpu(u32 affinity) const { return vcpu_of_affinity_[affinity]; }

  private:
    /// Depth is bounded by the number of CPUs: each level visits one CPU not visited before.
    bool augment(std::span<const AffinityConfig* const> affinities, u32 index) {
        for (u32 cpu = 0; cpu < cpus_; ++cpu) {
            if (visited_[cpu] || !affinities[index]->allows(cpu)) {
                continue;
            }
            visited_[cpu] = true;
            if (taken_by_[cpu] == nobody || augment(affinities, taken_by_[cpu])) {
                taken_by_[cpu] = index;
                return true;
            }
        }
        return false;
    }

    u32 cpus_;
    std::span<const u32> vcpu_of_affinity_;
    std::array<u32, limits::cpus> taken_by_{};  ///< CPU -> affinity
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

/// Two `xen,vcpu` children for one vCPU are two wishes; the first stands.
bool is_repeated(std::span<const u32> vcpus, u32 vcpu) {
    for (const u32 earlier : vcpus) {
        if (earlier == vcpu) {
            return true;
        }
    }
    return false;
}

bool place_constrained(const PlanInput& input, std::span<u32> cpu_of, Arena& arena,
                       Findings& findings) {
    ArenaVector<const AffinityConfig*> affinities(arena);
    ArenaVector<u32> vcpus(arena);
    u32 first = 0;
    for (const DomainConfig& domain : input.config.domains) {
        for (const AffinityConfig& affinity : domain.affinities) {
            if (is_repeated(vcpus.items(), first + affinity.vcpu)) {
                findings.add(rules::affinity, affinity.path, "id",
                             "vCPU {} has an affinity already", affinity.vcpu);
                return false;
            }
            affinities.push_back(&affinity);
            vcpus.push_back(first + affinity.vcpu);
        }
        first += domain.cpus;
    }
    Matching matching(input.host, vcpus.items());
    bool good = true;
    for (u32 i = 0; i < affinities.size(); ++i) {
        if (!matching.add(affinities.items(), i)) {
            findings.add(rules::affinity, affinities[i]->path, "hard-affinity",
                         "none of its CPUs is there and free for vCPU {}; the machine has {} CPUs",
                         affinities[i]->vcpu, input.host.cpus.size());
            good = false;
        }
    }
    for (u32 cpu = 0; cpu < input.host.cpus.size(); ++cpu) {
        if (matching.user(cpu) != nobody) {
            cpu_of[matching.vcpu(matching.user(cpu))] = cpu;
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
