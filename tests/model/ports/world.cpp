// SPDX-License-Identifier: Apache-2.0
#include "tests/model/ports/world.hpp"

#include <span>

#include "core/arm/xen/calls_inside.hpp"
#include "core/arm/xen/events.hpp"
#include "core/domain/domain.hpp"
#include "isthmus/panic.hpp"
#include "tests/model/ports/stand_ins.hpp"

namespace isthmus::model::ports {
namespace {

namespace xen = core::xen;
using xen::Port;

struct Machine {
    std::array<core::Domain, side_count> domains;
    std::array<std::array<core::Vcpu, vcpu_count>, side_count> cpus;
    std::array<std::array<core::VgicCpu, vcpu_count>, side_count> vgics;
    std::array<dom0less::DomainPlan, side_count> plans;
    std::array<dom0less::ChannelEndPlan, side_count> ends;
};
constinit Machine machine;
constinit std::array<std::byte, 64> structure{};  // that the running call names

struct Inner {
    bool is_due = false;
    unsigned left = 0;
    Action action;
    Answer answer;
};
constinit Inner inner;

xen::Guest& guest(usize side) {
    return *machine.domains[side].xen;
}

template <class T>
Answer call(usize side, u32 operation, T argument) {
    static_assert(sizeof(T) <= structure.size());
    std::memcpy(structure.data(), &argument, sizeof(T));
    const i64 result = xen::event_channel_op(machine.cpus[side][0], operation, 0);
    std::memcpy(&argument, structure.data(), sizeof(T));
    if constexpr (requires { argument.local_port; }) {
        return {result, result == 0 ? argument.local_port : 0};
    } else if constexpr (requires { argument.port; } && !requires { argument.status; }) {
        return {result, result == 0 && operation != xen::evtchn::bind_vcpu ? argument.port : 0};
    } else {
        return {result, 0};
    }
}

Answer reset(usize side) {
    const u16 self = xen::domid_self;
    std::memcpy(structure.data(), &self, sizeof(self));
    bool again = true;
    Answer answer;
    while (again) {
        answer.result = xen::reset_ports(machine.cpus[side][0], 0, again);
    }
    return answer;
}

Answer name_pages(usize side) {
    const xen::AddToPhysmap shared{.domain = xen::domid_self, .frame = 0};
    std::memcpy(structure.data(), &shared, sizeof(shared));
    Answer answer{xen::memory_op(machine.cpus[side][0], xen::memory::add_to_physmap, 0), 0};
    for (u32 vcpu = 0; vcpu < vcpu_count; ++vcpu) {
        const xen::RegisterVcpuInfo info{.frame = 1, .offset = vcpu * 64};
        std::memcpy(structure.data(), &info, sizeof(info));
        answer.result |=
            xen::vcpu_op(machine.cpus[side][vcpu], xen::vcpu_command::register_vcpu_info, vcpu, 0);
    }
    return answer;
}

void look(usize side, u8 vcpu) {
    xen::Guest& it = guest(side);
    xen::VcpuInfo& info = *it.vcpus[vcpu].info;
    if (info.pending_words != 0) {
        it.shared->pending[0] &= it.shared->mask[0];
    }
    info.pending_words = 0;
    info.upcall_pending = 0;
    machine.vgics[side][vcpu].private_irqs[xen::event_intid].latched = false;
}

void end(usize side) {
    xen::end_guest(machine.domains[side]);
    while (xen::forget_page(machine.domains[side])) {
    }
    for (core::VgicCpu& vgic : machine.vgics[side]) {  // which is reset, too
        vgic.private_irqs[xen::event_intid].latched = false;
    }
}

End end_of(xen::Guest& it, u8 number) {
    const Port port = it.ports[number].load();
    const u64 bit = u64{1} << number;
    constexpr u8 kinds[] = {End::closed,    End::unbound,    End::interdomain,
                            End::bound_ipi, End::bound_virq, 0xff};
    const u64 pending = it.shared == nullptr ? it.early[0] : it.shared->pending[0];
    return {.kind = kinds[static_cast<usize>(port.state)],
            .is_static = static_cast<u8>(port.is_static),
            .peer = port.peer == DomainId::none ? nobody : static_cast<u8>(port.peer),
            .peer_port = static_cast<u8>(port.peer_port),
            .vcpu = port.vcpu,
            .virq = port.virq,
            .pending = static_cast<u8>((pending & bit) != 0),
            .masked = static_cast<u8>(it.shared != nullptr && (it.shared->mask[0] & bit) != 0)};
}

void restore_end(xen::Guest& it, u8 number, const End& end) {
    constexpr Port::State states[] = {Port::State::free, Port::State::unbound,
                                      Port::State::interdomain, Port::State::ipi,
                                      Port::State::virq};
    it.ports[number].store(
        {.state = states[end.kind],
         .is_static = end.is_static != 0,
         .vcpu = end.vcpu,
         .virq = end.virq,
         .peer = end.peer == nobody ? DomainId::none : static_cast<DomainId>(end.peer),
         .peer_port = end.peer_port});
    const u64 bit = u64{1} << number;
    u64& pending = it.shared == nullptr ? it.early[0] : it.shared->pending[0];
    pending |= end.pending != 0 ? bit : 0;
    if (it.shared != nullptr) {
        it.shared->mask[0] |= end.masked != 0 ? bit : 0;
    }
}

void restore_side(u8 number, const Side& side) {
    xen::Guest& it = guest(number);
    it.is_over = side.is_over != 0;
    it.reset_next = 0;
    it.console_virq.store(side.console_port);
    it.early = {};
    it.shared = nullptr;
    if (side.has_pages != 0) {
        it.shared = xen::object_at<xen::SharedInfo>(page_of(number, 0));
        it.shared->pending[0] = 0;
        it.shared->mask[0] = 0;
    }
    for (u8 vcpu = 0; vcpu < vcpu_count; ++vcpu) {
        const Told& told = side.told[vcpu];
        xen::GuestVcpu& state = it.vcpus[vcpu];
        state.info = nullptr;
        state.has_own_info = side.has_infos != 0;
        if (side.has_pages != 0) {
            state.info = xen::object_at<xen::VcpuInfo>(page_of(number, 1) + vcpu * 64);
            state.info->pending_words = told.word;
            state.info->upcall_pending = told.flag;
        }
        machine.vgics[number][vcpu].private_irqs[xen::event_intid].latched = told.interrupt != 0;
    }
    for (u8 port = 0; port < port_count; ++port) {
        restore_end(it, port, side.ends[port]);
    }
}

}  // namespace

std::span<std::byte> named_structure() {
    return structure;
}

void before_locks() {
    if (inner.is_due && inner.left-- == 0) {
        inner.is_due = false;
        std::array<std::byte, 64> outer = structure;
        inner.answer = act(inner.action);
        structure = outer;
    }
}

void build_world() {
    for (usize side = 0; side < side_count; ++side) {
        core::Domain& domain = machine.domains[side];
        dom0less::DomainPlan& plan = machine.plans[side];
        machine.ends[side] = {.port = static_port,
                              .peer = static_cast<DomainId>(1 - side),
                              .peer_port = static_port,
                              .path = {}};
        plan.id = static_cast<DomainId>(side);
        plan.xen.interface = dom0less::XenInterface::node;
        plan.xen.channels = std::span(&machine.ends[side], 1);
        domain.plan = &plan;
        domain.vcpus = machine.cpus[side];
        for (u32 vcpu = 0; vcpu < vcpu_count; ++vcpu) {
            machine.cpus[side][vcpu].domain = &domain;
            machine.cpus[side][vcpu].id = vcpu;
            machine.cpus[side][vcpu].vgic = &machine.vgics[side][vcpu];
        }
        check(xen::make_guest(domain).has_value(), "no room");
    }
    for (core::Domain& domain : machine.domains) {
        xen::connect_channels(domain);
    }
}

View save() {
    View view;
    for (u8 number = 0; number < side_count; ++number) {
        xen::Guest& it = guest(number);
        Side& side = view.sides[number];
        side.has_pages = it.shared != nullptr ? 1 : 0;
        side.is_over = it.is_over ? 1 : 0;
        side.console_port = static_cast<u8>(it.console_virq.load());
        side.has_infos = it.vcpus[0].has_own_info ? 1 : 0;
        for (u8 port = 0; port < port_count; ++port) {
            side.ends[port] = end_of(it, port);
        }
        for (u8 vcpu = 0; vcpu < vcpu_count; ++vcpu) {
            const xen::VcpuInfo* info = it.vcpus[vcpu].info;
            const auto& irq = machine.vgics[number][vcpu].private_irqs[xen::event_intid];
            side.told[vcpu] = {
                .word = info != nullptr ? static_cast<u8>(info->pending_words & 1) : u8{0},
                .flag = info != nullptr ? info->upcall_pending : u8{0},
                .interrupt = static_cast<u8>(irq.latched)};
        }
    }
    return view;
}

void restore(const View& view) {
    for (u8 number = 0; number < side_count; ++number) {
        restore_side(number, view.sides[number]);
    }
}

Answer act(Action action) {
    const usize side = action.side;
    const auto other = static_cast<u16>(action.other);
    switch (action.what) {
        case Do::alloc:
            return call(side, xen::evtchn::alloc_unbound,
                        xen::AllocUnbound{.domain = xen::domid_self, .remote = other});
        case Do::bind:
            return call(side, xen::evtchn::bind_interdomain,
                        xen::BindInterdomain{.remote = other, .remote_port = action.port});
        case Do::ipi:
            return call(side, xen::evtchn::bind_ipi, xen::BindIpi{.vcpu = other});
        case Do::virq:
            return call(side, xen::evtchn::bind_virq,
                        xen::BindVirq{.virq = action.port, .vcpu = other});
        case Do::close:
            return call(side, xen::evtchn::close, u32{action.port});
        case Do::send:
            return {xen::send(machine.cpus[side][0], action.port), 0};
        case Do::move:
            return call(side, xen::evtchn::bind_vcpu,
                        xen::BindVcpu{.port = action.port, .vcpu = other});
        case Do::mask:
            guest(side).shared->mask[0] |= u64{1} << action.port;
            return {};
        case Do::unmask:
            return call(side, xen::evtchn::unmask, u32{action.port});
        case Do::look:
            look(side, action.other);
            return {};
        case Do::pages:
            return name_pages(side);
        case Do::reset:
            return reset(side);
        case Do::end:
            end(side);
            return {};
        case Do::restart:
            while (xen::reset_guest(machine.domains[side])) {
            }
            return {};
        case Do::type:
            xen::raise_console_virq(guest(side));
            return {};
        case Do::count:
            break;
    }
    return {};
}

bool act_with(Action action, Action with, unsigned at, Answer& answer, Answer& inner_answer) {
    inner = {.is_due = true, .left = at, .action = with, .answer = {}};
    answer = act(action);
    inner_answer = inner.answer;
    return !std::exchange(inner.is_due, false);
}

const char* wrong_status(const View& view) {
    for (u8 number = 0; number < side_count; ++number) {
        for (u8 port = 0; port < port_count && view.sides[number].is_over == 0; ++port) {
            const End& end = view.sides[number].ends[port];
            constexpr u32 kinds[] = {0, 1, 2, 5, 4};
            const bool has_peer = end.kind == End::unbound || end.kind == End::interdomain;
            call(number, xen::evtchn::status,
                 xen::PortStatus{.domain = xen::domid_self, .port = port});
            xen::PortStatus said;
            std::memcpy(&said, structure.data(), sizeof(said));
            const u32 detail = has_peer ? end.peer : end.virq;
            if (said.status != kinds[end.kind] || said.vcpu != end.vcpu || said.detail != detail ||
                said.peer_port != end.peer_port) {
                return "EVTCHNOP_status says something else";
            }
        }
    }
    return nullptr;
}

}  // namespace isthmus::model::ports
