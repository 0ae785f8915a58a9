// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/direct_map_rules.hpp"

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/direct_map.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

void check_reach(std::string_view path, std::span<const shm::GuestUse> uses, Findings& findings) {
    for (const shm::GuestUse& use : uses) {
        if (use.range.end().raw() > guest_layout::address_end) {
            findings.add(rules::direct_map, path, "direct-map",
                         "{} {} of the machine is past the end of a guest's addresses, {x}",
                         use.what, use.range, guest_layout::address_end);
        }
    }
}

void check_redistributors(const DomainConfig& domain, const fdt::HostDescription& host,
                          Findings& findings) {
    if (host.gic && host.gic->version != 2 && domain.cpus > most_direct_vcpus(host)) {
        findings.add_other(rules::direct_map, domain.path, "cpus", host.gic->path,
                           "no redistributor region of {} has room for {} vCPUs", host.gic->path,
                           domain.cpus);
    }
}

/// Each thing against those before it: the machine's own tree may put RAM over devices.
void check_overlaps(std::string_view path, std::span<const shm::GuestUse> uses,
                    Findings& findings) {
    for (usize i = 0; i < uses.size(); ++i) {
        for (usize j = 0; j < i; ++j) {
            const bool both_ram = uses[i].what == uses[j].what && uses[i].what == "RAM";
            if (!both_ram && uses[i].range.overlaps(uses[j].range)) {
                findings.add(rules::direct_map, path, "direct-map",
                             "{} {} of the machine overlaps {} {}", uses[i].what, uses[i].range,
                             uses[j].what, uses[j].range);
            }
        }
    }
}

}  // namespace

void check_direct_map(const DomainConfig& domain, const fdt::HostDescription& host,
                      const Emulation& emulation, Arena& arena, Findings& findings) {
    if (!domain.direct_map) {
        return;
    }
    const auto uses = guest_fixtures(domain, emulation, arena);
    check_redistributors(domain, host, findings);
    check_reach(domain.path, uses, findings);
    check_overlaps(domain.path, uses, findings);
}

void check_chosen_ram(const DomainConfig& domain, const fdt::HostDescription& host,
                      const Emulation& emulation, std::span<const GuestRange> ram, Arena& arena,
                      Findings& findings) {
    if (!host.gic) {
        return;  // refused already
    }
    for (const shm::GuestUse& use : guest_fixtures(domain, emulation, arena)) {
        for (const GuestRange& bank : ram) {
            if (bank.overlaps(use.range)) {
                findings.add(rules::direct_map, domain.path, {},
                             "{} {} of the machine overlaps RAM {}", use.what, use.range, bank);
            }
        }
    }
}

}  // namespace isthmus::dom0less
