// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/direct_map.hpp"

#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u32 most_with_gicv2 = 8;

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

}  // namespace isthmus::dom0less
