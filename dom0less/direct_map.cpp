// SPDX-License-Identifier: Apache-2.0
#include "dom0less/direct_map.hpp"

#include "dom0less/guest_space.hpp"
#include "dom0less/rules.hpp"
#include "fdt/interrupts.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

/// Two frames of 64 KiB (GIC architecture specification, "Redistributor register map").
constexpr u64 redistributor_bytes = 128 * KiB;
constexpr u32 most_with_gicv2 = 8;
/// What the emulated UART decodes.
constexpr u64 uart_bytes = guest_layout::uart.size();

/// The same addresses in the guest's space; empty where they wrap around.
GuestRange same_place(HostAddress start, u64 size) {
    return GuestRange::from(GuestAddress(start.raw()), size).value_or(GuestRange{});
}

GuestRange find_redistributors(const fdt::Gic& machine, u32 vcpus) {
    for (const HostRange& region : machine.redistributors) {
        if (region.size() / redistributor_bytes >= vcpus) {
            return same_place(region.start(), region.size());
        }
    }
    return {};
}

bool is_shared_interrupt(u32 intid) {
    return intid >= fdt::first_spi && intid < fdt::first_spi + limits::spis;
}

void check_reach(std::string_view path, std::span<const shm::GuestUse> uses, Findings& findings) {
    for (const shm::GuestUse& use : uses) {
        if (use.range.end().raw() > guest_layout::address_end) {
            findings.add(rules::direct_map, path, "direct-map",
                         "{} {} of the machine is past the end of a guest's addresses, {x}",
                         use.what, use.range, guest_layout::address_end);
        }
    }
}

void check_devices(const DomainConfig& domain, const fdt::HostDescription& host,
                   Findings& findings) {
    if (host.gic && host.gic->version != 2 && find_redistributors(*host.gic, domain.cpus).empty()) {
        findings.add_other(rules::direct_map, domain.path, "cpus", host.gic->path,
                           "no redistributor region of {} has room for {} vCPUs", host.gic->path,
                           domain.cpus);
    }
    if (domain.vpl011 && !machine_uart(host)) {
        findings.add(rules::direct_map, domain.path, "vpl011",
                     "it takes the place of the machine's console, but {}",
                     host.console ? "that has less than 4 KiB of registers, or no interrupt that "
                                    "is shared (SPI)"
                                  : "no console is known");
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

void move_to_machine(const fdt::Gic& machine, u32 vcpus, GuestGicPlan& gic) {
    gic.distributor = same_place(machine.distributor.start(), gic.distributor.size());
    if (gic.version == 2) {
        gic.cpu_interface = same_place(machine.cpu_interface.start(), gic.cpu_interface.size());
    } else {
        gic.redistributors = find_redistributors(machine, vcpus);
    }
}

u32 most_direct_vcpus(const fdt::HostDescription& host) {
    if (!host.gic || host.gic->version == 2) {
        return most_with_gicv2;
    }
    u64 most = 1;  // with less there is no plan: check_direct_map says so
    for (const HostRange& region : host.gic->redistributors) {
        const u64 room = region.size() / redistributor_bytes;
        most = room > most ? room : most;
    }
    return most < limits::vcpus_per_domain ? static_cast<u32>(most) : u32{limits::vcpus_per_domain};
}

std::optional<UartPlan> machine_uart(const fdt::HostDescription& host) {
    if (!host.console || host.console->registers.size() < uart_bytes || !host.console->intid ||
        !is_shared_interrupt(*host.console->intid)) {
        return std::nullopt;
    }
    return UartPlan{same_place(host.console->registers.start(), uart_bytes), *host.console->intid};
}

void check_direct_map(const DomainConfig& domain, const fdt::HostDescription& host, Arena& arena,
                      Findings& findings) {
    if (!domain.direct_map) {
        return;
    }
    const auto uses = guest_fixtures(host, domain, arena);
    check_devices(domain, host, findings);
    check_reach(domain.path, uses, findings);
    check_overlaps(domain.path, uses, findings);
}

void check_chosen_ram(const DomainConfig& domain, const fdt::HostDescription& host,
                      std::span<const GuestRange> ram, Arena& arena, Findings& findings) {
    if (!host.gic) {
        return;  // refused already
    }
    for (const shm::GuestUse& use : guest_fixtures(host, domain, arena)) {
        for (const GuestRange& bank : ram) {
            if (bank.overlaps(use.range)) {
                findings.add(rules::direct_map, domain.path, {},
                             "{} {} of the machine overlaps RAM {}", use.what, use.range, bank);
            }
        }
    }
}

}  // namespace isthmus::dom0less
