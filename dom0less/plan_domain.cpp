// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan_domain.hpp"

#include "dom0less/devices/dom0_devices.hpp"
#include "dom0less/plan_health.hpp"
#include "isthmus/guest_layout.hpp"
#include "shm/plan_region.hpp"

namespace isthmus::dom0less {
namespace {

/// Sorted by guest address; stretches that go on where another ends, on both sides, are one.
class MappingList {
  public:
    explicit MappingList(Arena& arena) : list_(arena) {}

    void add(const MappingPlan& mapping) {
        usize at = list_.size();
        while (at > 0 && mapping.guest.start() < list_[at - 1].guest.start()) {
            --at;
        }
        if (at > 0 && continues(list_[at - 1], mapping)) {
            MappingPlan& below = list_[at - 1];
            below.guest = *GuestRange::between(below.guest.start(), mapping.guest.end());
            return;
        }
        list_.insert(at, mapping);
    }
    std::span<const MappingPlan> items() const { return list_.items(); }

  private:
    static bool continues(const MappingPlan& below, const MappingPlan& above) {
        return below.guest.end() == above.guest.start() &&
               below.host + below.guest.size() == above.host && below.type == above.type &&
               below.region == above.region;
    }

    ArenaVector<MappingPlan> list_;
};

/// The part of the region that a view shows, piece by piece of its host memory.
void map_view(const shm::SharedViewPlan& view, const shm::RegionPlan& region,
              MappingList& mappings) {
    u64 piece_start = 0;
    const u64 view_end = view.offset + view.guest.size();
    for (const HostRange& piece : region.host) {
        const u64 piece_end = piece_start + piece.size();
        const u64 low = view.offset > piece_start ? view.offset : piece_start;
        const u64 high = view_end < piece_end ? view_end : piece_end;
        if (low < high) {
            const GuestAddress guest = view.guest.start() + (low - view.offset);
            mappings.add({*GuestRange::from(guest, high - low), piece.start() + (low - piece_start),
                          shm::view_type(view), view.region});
        }
        piece_start = piece_end;
    }
}

std::span<const shm::SharedViewPlan> plan_views(const PlanInput& input, const Settled& settled,
                                                u32 domain, Arena& arena) {
    const shm::NodeConfig* nodes = input.config.domains[domain].shared.data();
    const auto event_ports = settled.emulations[domain].event_ports;
    ArenaVector<shm::SharedViewPlan> views(arena);
    for (usize i = 0; i < settled.drafts.size(); ++i) {
        for (const shm::Member& member : settled.drafts[i].members) {
            if (member.domain == domain) {
                auto view = shm::plan_view(settled.drafts[i], member, static_cast<u32>(i));
                if (settled.regions[i].role == shm::RegionPlan::Role::shared) {
                    const auto node = static_cast<usize>(member.node - nodes);
                    view.event_ports =
                        node < event_ports.size() ? event_ports[node] : std::span<const u32>{};
                }
                views.push_back(view);
            }
        }
    }
    return views.items();
}

/// With a GICv2 a guest's CPU interface is the machine's virtual one (GICV): the CPU that makes the
/// access reaches its own, so all guests have the same pages.
void map_gic(const GuestGicPlan& gic, const fdt::HostDescription& host, MappingList& mappings) {
    if (gic.version == 2) {
        mappings.add({gic.cpu_interface, host.gic->vcpu_interface.start(), mm::MappingType::device,
                      std::nullopt});
    }
}

std::span<const MappingPlan> plan_mappings(const PlanInput& input, const Settled& settled,
                                           u32 domain, const DomainPlan& plan, Arena& arena) {
    MappingList mappings(arena);
    map_gic(plan.gic, input.host, mappings);
    for (const Placement& placement : settled.placements) {
        if (placement.user == Placement::For::domain && placement.index == domain) {
            mappings.add(
                {*GuestRange::from(GuestAddress(placement.position), placement.host.size()),
                 placement.host.start(), mm::MappingType::ram_rw, std::nullopt});
        }
    }
    for (const MappingPlan& device : settled.shares[domain].mappings) {
        mappings.add(device);
    }
    if (plan.is_dom0()) {
        for (const GuestRange reserved : reserved_for_dom0(input, settled.shares, arena)) {
            mappings.add({reserved, HostAddress(reserved.start().raw()),
                          mm::MappingType::reserved_rw, std::nullopt});
        }
    }
    for (const shm::SharedViewPlan& view : plan.views) {
        map_view(view, settled.regions[view.region], mappings);
    }
    return mappings.items();
}

std::span<const VcpuPlan> plan_vcpus(std::span<const u32> cpus, Arena& arena) {
    const std::span<VcpuPlan> vcpus = arena.allocate<VcpuPlan>(cpus.size());
    for (u32 id = 0; id < vcpus.size(); ++id) {
        vcpus[id] = {id, u64{id % 16} | u64{id / 16} << 8, cpus[id]};
    }
    return vcpus;
}

std::span<const InterruptRoutePlan> plan_interrupts(const PlanInput& input,
                                                    const Emulation& emulation,
                                                    const DeviceShare& share, Arena& arena) {
    ArenaVector<InterruptRoutePlan> routes(arena);
    const u32 host_timer = input.host.timer ? input.host.timer->virtual_timer : 0;
    routes.push_back({guest_layout::timer_virtual_intid, host_timer, "timer"});
    for (const EmulatedDevicePlan& device : emulation.devices) {
        for (const u32 intid : device.interrupts) {
            routes.push_back({intid, std::nullopt, device.name});
        }
    }
    u32 last = 0;
    for (const DoorbellPlan& bell : emulation.doorbells) {
        // One a region, whose doorbells stand side by side.
        if (last != bell.intid) {
            routes.push_back({bell.intid, std::nullopt, "doorbell"});
        }
        last = bell.intid;
    }
    for (const InterruptRoutePlan& route : share.interrupts) {
        routes.push_back(route);
    }
    return routes.items();
}

/// As many shared interrupts as it has lines of.
void offer_lines(std::span<const InterruptRoutePlan> routes, GuestGicPlan& gic) {
    for (const InterruptRoutePlan& route : routes) {
        if (route.is_device_line() && route.virtual_intid - fdt::first_spi >= gic.spis) {
            gic.spis = static_cast<u32>(align_up(route.virtual_intid - fdt::first_spi + 1, 32));
        }
    }
}

}  // namespace

DomainPlan plan_domain(const PlanInput& input, const Settled& settled, u32 index,
                       const ImageLayout& images, std::span<const u32> cpus, Arena& arena) {
    const DomainConfig& config = input.config.domains[index];
    const Emulation& emulation = settled.emulations[index];
    DomainPlan plan;
    plan.id = config.id;
    plan.name = config.name;
    plan.path = config.path;
    plan.memory_bytes = config.memory_bytes;
    plan.direct_map = config.direct_map;
    plan.priority = config.priority;
    plan.views = plan_views(input, settled, index, arena);
    plan.gic = emulation.gic;
    plan.emulated = emulation.devices;
    plan.xen = emulation.xen;
    plan.doorbells = emulation.doorbells;
    plan.health = plan_health(input.config, config);
    plan.mappings = plan_mappings(input, settled, index, plan, arena);
    plan.vcpus = plan_vcpus(cpus, arena);
    plan.interrupts = plan_interrupts(input, emulation, settled.shares[index], arena);
    offer_lines(plan.interrupts, plan.gic);
    plan.devices = settled.shares[index].devices;
    plan.streams = settled.shares[index].streams;
    plan.partial_tree = config.partial_tree;
    plan.kernel = {config.kernel->host, config.kernel->path, config.kernel->sha256};
    if (config.ramdisk) {
        plan.ramdisk =
            ModulePlan{config.ramdisk->host, config.ramdisk->path, config.ramdisk->sha256};
    }
    plan.bootargs = config.kernel->bootargs;
    plan.kernel_window = images.kernel_window;
    plan.ramdisk_target = images.ramdisk_target;
    plan.tree_target = images.tree_target;
    return plan;
}

}  // namespace isthmus::dom0less
