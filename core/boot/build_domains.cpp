// SPDX-License-Identifier: Apache-2.0
// From a domain's plan to a domain that can start: prepared by the boot CPU, and built by the CPU
// that will run it, beside the others.
#include <array>

#include "core/arm/guest_timers.hpp"
#include "core/arm/vgic/mmio.hpp"
#include "core/arm/xen/console_ring.hpp"
#include "core/boot/load_guest.hpp"
#include "core/boot/steps.hpp"
#include "core/device/device_lines.hpp"
#include "core/device/doorbells.hpp"
#include "core/device/models.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/interrupts.hpp"
#include "core/run/per_cpu.hpp"
#include "core/run/scheduler.hpp"
#include "core/run/shared_work.hpp"
#include "dom0less/memory/budget.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {

// What the plan counts for each (dom0less/memory/budget.hpp); a block of the heap is a power of
// two.
static_assert(2 * (sizeof(Vcpu) + sizeof(VgicCpu)) <= dom0less::heap_cost::vcpu);
static_assert(2 * sizeof(Domain) + 2 * limits::spis * sizeof(VirtualIrq) +
                  2 * limits::restarts * sizeof(u64) + (16 + limits::emulated_frames) * page_size +
                  dom0less::heap_cost::doorbells <=
              dom0less::heap_cost::domain);
static_assert(2 * (sizeof(xen::Guest) + sizeof(xen::ConsoleBackend) + sizeof(GuestConsole) +
                   xen::port_limit * sizeof(xen::AtomicPort)) <=
              dom0less::heap_cost::xen);
static_assert(2 * sizeof(xen::GuestVcpu) + 3 * (2 * page_size + 2 * sizeof(xen::ShownPage)) <=
              dom0less::heap_cost::xen_vcpu);
static_assert(2 * sizeof(xen::ChannelBell) <= dom0less::heap_cost::channel);
static_assert(4 * arch::stack_bytes <= dom0less::heap_cost::cpu);

namespace {

/// The vCPU's place among those of its CPU.
void join_cpu(Vcpu& vcpu) {
    RunQueue& queue = per_cpu(vcpu.host_cpu).queue;
    for (SchedEntity* entity = queue.first(); entity != nullptr; entity = entity->next) {
        auto& other = static_cast<Vcpu&>(*entity);
        if (other.domain == vcpu.domain) {
            other.has_sibling_here = true;
            vcpu.has_sibling_here = true;
        }
    }
    queue.add(vcpu);
}

Result<void> build_vcpus(Domain& domain, const fdt::HostDescription& host) {
    const dom0less::DomainPlan& plan = *domain.plan;
    domain.vcpus = ISTHMUS_TRY(allocate_objects<Vcpu>(plan.vcpus.size()));
    const auto vgic_cpus = ISTHMUS_TRY(allocate_objects<VgicCpu>(plan.vcpus.size()));
    const auto spis = ISTHMUS_TRY(allocate_objects<VirtualIrq>(plan.gic.spis));
    for (const dom0less::VcpuPlan& planned : plan.vcpus) {
        VgicCpu& vgic = vgic_cpus[planned.id];
        vgic.index = static_cast<u16>(planned.id);
        vgic.host_cpu = static_cast<u16>(planned.host_cpu);
        vgic.mpidr = static_cast<u32>(planned.mpidr);

        Vcpu& vcpu = domain.vcpus[planned.id];
        vcpu.domain = &domain;
        vcpu.vgic = &vgic;
        vcpu.id = planned.id;
        vcpu.host_cpu = planned.host_cpu;
        vcpu.mpidr = planned.mpidr;
        vcpu.physical_deadline.fire = fire_physical_timer;
        vcpu.physical_deadline.context = &vcpu;
        vcpu.console_deadline.fire = fire_console;
        vcpu.console_deadline.context = &vcpu;
        vcpu.virtual_deadline.fire = fire_virtual_timer;
        vcpu.virtual_deadline.context = &vcpu;
        vcpu.priority = plan.priority;
        join_cpu(vcpu);
    }
    domain.vgic.init(vgic_cpus, spis, plan.gic.version);
    for (VgicCpu& vgic : vgic_cpus) {
        domain.vgic.connect(vgic, guest_virtual_timer, host.timer->virtual_timer);
    }
    return {};
}

/// The domain's private pages, by the plan's host map.
Result<void> take_ram(const dom0less::Plan& plan, DomainId id) {
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        if (!is_ram_of(use, id)) {
            continue;
        }
        if (use.is_static) {
            ISTHMUS_TRY(static_pool().assign(use.range, id, 1));
        } else {
            ISTHMUS_TRY(mm::assign_range(frames(), use.range, id, 1, false));
        }
    }
    return {};
}

Result<void> map_one(Domain& domain, const dom0less::Plan& plan,
                     const dom0less::MappingPlan& mapping) {
    using mm::MappingType;
    switch (mapping.type) {
        case MappingType::foreign_rw:
            return domain.map->p2m_map_foreign_rw(mapping.guest, mapping.host,
                                                  plan.regions[*mapping.region].owner);
        case MappingType::foreign_ro:
            return domain.map->p2m_map_foreign_ro(mapping.guest, mapping.host,
                                                  plan.regions[*mapping.region].owner);
        case MappingType::device:
        case MappingType::device_nc:
            return domain.map->map_device(mapping.guest, mapping.host, mapping.type);
        case MappingType::reserved_rw:
            return domain.map->map_reserved(mapping.guest, mapping.host);
        case MappingType::ram_rw:
        case MappingType::ram_ro:
        case MappingType::shared_rw:
            break;
    }
    return domain.map->map_ram(mapping.guest, mapping.host, mapping.type);
}

Result<void> build_map(Domain& domain, const dom0less::Plan& plan, u16 vmid) {
    const mm::TableGeometry geometry = arch::guest_geometry();
    const unsigned order = mm::order_for(geometry.root_bytes());
    const HostAddress root = ISTHMUS_TRY(allocate_pages(order));
    arch::zero_host(*HostRange::from(root, geometry.root_bytes()));
    domain.control = arch::make_guest_control(vmid, root);
    void* memory = ISTHMUS_TRY(allocate_cleared(sizeof(DomainMap)));
    domain.map = new (memory) DomainMap(frames(), root, geometry, domain.control.vttbr);
    for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
        ISTHMUS_TRY(map_one(domain, plan, mapping));
    }
    return {};
}

/// A vCPU runs for 100 us before an equal that has woken may take its CPU.
constexpr u64 minimum_turns_in_ms = 10;

/// How long a vCPU runs before others have their turn, where they share a CPU.
void set_slices(const dom0less::Plan& plan) {
    const u64 millisecond = arch::counter_frequency() / 1000;
    const u64 slice = plan.options.slice_ms * millisecond;
    for (const dom0less::CpuPoolPlan& pool : plan.pools) {
        for (const u32 cpu : pool.cpus) {
            PerCpu& owner = per_cpu(cpu);
            owner.queue.set_slice(slice);
            owner.minimum_turn = millisecond / minimum_turns_in_ms;
            owner.slice_end.fire = fire_slice_end;
            owner.slice_end.context = &owner;
        }
    }
}

/// What has its place in an order: objects in the heap, the frame table, vCPUs among those of their
/// CPU, who is who. Boot CPU, one domain after the other.
Result<void> prepare_domain(Domain& domain, const dom0less::Plan& plan,
                            const fdt::HostDescription& host) {
    domain.console.init(domain.plan->name, plan.options.guest_output);
    domain.restarts =
        RestartTimes(ISTHMUS_TRY(allocate_objects<u64>(domain.plan->health.restart_count)));
    ISTHMUS_TRY(take_ram(plan, domain.plan->id));
    ISTHMUS_TRY(build_vcpus(domain, host));
    ISTHMUS_TRY(add_vgic_registers(domain));
    ISTHMUS_TRY(make_doorbells(domain));
    ISTHMUS_TRY(make_emulated_devices(domain));
    connect_device_lines(domain);
    domain.loaded = ISTHMUS_TRY(prepare_guest(*domain.plan, plan, host));
    Vcpu& first = domain.vcpus[0];
    arch::reset_vcpu(first.registers, first.state, domain.loaded.entry.raw(),
                     domain.plan->tree_target.start().raw(), first.mpidr);
    return {};
}

/// What takes time, and is the domain's alone: its map and all that is in its memory.
struct Builder {
    const dom0less::Plan& plan;
    std::span<Domain> domains;
    std::array<Result<void>, limits::domains> results{};

    Result<void> build(usize index) const {
        ISTHMUS_TRY(build_map(domains[index], plan, static_cast<u16>(index + 1)));
        return fill_guest(domains[index]);
    }
    static void build(void* context, usize index) {
        auto& self = *static_cast<Builder*>(context);
        self.results[index] = self.build(index);
    }
};

}  // namespace

Result<std::span<Domain>> build_domains(const dom0less::Plan& plan,
                                        const fdt::HostDescription& host) {
    set_slices(plan);
    const auto built = ISTHMUS_TRY(allocate_objects<Domain>(plan.domains.size()));
    for (usize i = 0; i < built.size(); ++i) {
        built[i].plan = &plan.domains[i];
        ISTHMUS_TRY(prepare_domain(built[i], plan, host));
    }
    ISTHMUS_TRY(show_modules(plan));
    Builder builder{plan, built};
    work_on_domains(Builder::build, &builder);
    ISTHMUS_TRY(hide_modules(plan));
    for (usize i = 0; i < built.size(); ++i) {
        ISTHMUS_TRY(builder.results[i]);
        // The page of its console is found by its map, and cleared.
        ISTHMUS_TRY(xen::make_guest(built[i]));
    }
    return built;
}

}  // namespace isthmus::core
