// SPDX-License-Identifier: Apache-2.0
// Setting up, saving and fetching, and what can be asked of the world.
#include "tests/model/vgic/world.hpp"

#include <cstring>
#include <utility>

#include "core/arm/vgic/gic_registers.hpp"
#include "isthmus/arch/list_registers.hpp"

namespace isthmus::model::vgic {

using ListState = arch::ListRegister::State;

namespace {

constexpr std::array<u16, 6> banks{gic::isenabler, gic::icenabler, gic::ispendr,
                                   gic::icpendr,   gic::isactiver, gic::icactiver};

/// FNV-1a, 64 bits wide, by words.
struct Hash {
    u64 value = 0xcbf2'9ce4'8422'2325;
    void add(u64 word) {
        value = (value ^ word) * 0x0000'0100'0000'01b3;
        value ^= value >> 29;
    }
};

u64 bits_of(const core::VirtualIrq& irq) {
    u64 bits = irq.in_list;
    const bool has_holder = irq.is_listed() || irq.active == core::Active::parked;
    bits = bits << 8 | (has_holder ? irq.holder : 0);
    bits = bits << 8 | irq.target;
    bits = bits << 2 | static_cast<u64>(irq.active);
    for (const bool flag : {irq.latched, irq.line, irq.held, irq.in_hand, irq.drop_pending,
                            irq.drop_active, irq.make_active, irq.again, irq.enabled, irq.edge}) {
        bits = bits << 1 | u64{flag};
    }
    return bits;
}
u64 bits_of(const arch::ListRegister& list) {
    return list.state == ListState::inactive && !list.end_signal
               ? 0
               : u64{list.intid} << 16 | u64{list.host_intid != 0} << 8 |
                     u64{list.end_signal} << 4 | static_cast<u64>(list.state);
}
u64 bits_of(const ReferenceIrq& irq) {
    u64 bits = u64{irq.target} << 1 | irq.handler;
    for (const bool flag : {irq.enabled, irq.latched, irq.line, irq.active, irq.by_register}) {
        bits = bits << 1 | u64{flag};
    }
    return bits;
}

}  // namespace

u64 State::hash() const {
    Hash hash;
    for (unsigned i = 0; i < count; ++i) {
        hash.add(bits_of(timers[i]));
        hash.add(bits_of(sgis[i]) << 16 | u64{cpus[i].intid_of});
        hash.add(u64{cpus[i].used} << 8 | u64{cpus[i].parked_active} << 4 | cpus[i].waiting << 1 |
                 u64{cpus[i].resident} | u64{cpus[i].queued_words} << 16);
        hash.add(cpus[i].queued);
        hash.add(u64{cpus[i].raised_again} << 1 | u64{cpus[i].is_to_look});
        hash.add(bits_of(cpus[i].list) << 16 | u64{vcpus[i].undropped});
        const MachineCpu& cpu = machine.cpus[i];
        hash.add(bits_of(cpu.list) << 16 | u64{cpu.end_count} << 8 |
                 u64{cpu.maintenance.no_pending} << 3 | u64{cpu.maintenance.end_not_present} << 2 |
                 u64{cpu.kicked} << 1 | u64{cpu.timer_active});
        hash.add(u64{machine.timer_up[i]} << 9 | u64{vcpus[i].on} << 8 |
                 static_cast<u8>(machine.running[i]));
        const Nesting& nesting = vcpus[i].nesting;
        hash.add(u64{nesting.depth} << 24 | u64{nesting.intids[0]} << 16 |
                 u64{nesting.intids[1]} << 8 | nesting.intids[2]);
        hash.add(bits_of(ref_timers[i]) << 16 | bits_of(ref_sgis[i]));
    }
    const SharedLine& line = machine.shared_line;
    hash.add(bits_of(spi) << 1 | u64{vague});
    hash.add(bits_of(ref_shared) << 16 | u64{line.up} << 12 | u64{line.latched} << 11 |
             u64{line.active} << 10 | u64{line.enabled} << 9 | line.cpu);
    return hash.value;
}

World::World(const Setup& setup) : setup_(setup), spis_() {
    machine = Machine{};
    for (unsigned i = 0; i < count; ++i) {
        cpus_[i].index = static_cast<u16>(i);
        cpus_[i].host_cpu = static_cast<u16>(cpu_of(i));
        cpus_[i].mpidr = i;
    }
    gic_.init(cpus_, spis_);
    for (unsigned i = 0; i < count; ++i) {
        gic_.connect(cpus_[i], timer, timer);
        for (const u32 intid : {sgi, timer}) {
            real(i, intid).priority = priority_of(intid);
            reference(i, intid).target = static_cast<u8>(i);
            reference(i, intid).edge = intid == sgi;
            reference(i, intid).enabled = true;
        }
        real(i, timer).enabled = true;
    }
    spis_[0].priority = priority_of(shared);
    state_.ref_shared.edge =
        setup.shared_line == Shared::edge || setup.shared_line == Shared::event;
    spis_[0].edge = state_.ref_shared.edge;
    if (setup.shared_line == Shared::level || setup.shared_line == Shared::edge) {
        gic_.connect_shared(shared, shared, setup.shared_line == Shared::edge);
    }
    static_cast<void>(gic_.write_distributor(cpus_[0], gic::gicd_ctlr, 4, 3));
    add_actions();
    step({.what = What::enter, .vcpu = 0});
    if (setup.shared_line != Shared::none) {
        write({.what = What::write, .intid = shared, .bank = gic::isenabler});
    }
    if (setup.cpus == 2) {
        step({.what = What::enter, .vcpu = 1});
    }
}

bool World::has(u32 intid, unsigned vcpu) const {
    switch (intid) {
        case timer:
            return ((setup_.timers >> vcpu) & 1) != 0;
        case sgi:
            return setup_.has_sgi;
        default:
            return setup_.shared_line != Shared::none;
    }
}

/// vCPU 0 attacks: it writes all registers, in its own frame and the other's. vCPU 1 lives on.
void World::add_actions() {
    for (u8 v = 0; v < count; ++v) {
        for (const What what : {What::acknowledge, What::end, What::wait, What::leave, What::enter,
                                What::read_own, What::off, What::turn_on}) {
            actions_.push_back({.what = what, .vcpu = v});
        }
        actions_.push_back({.what = What::take_kick, .vcpu = v});
        if (setup_.split_end) {
            for (const u32 intid : {sgi, timer, shared}) {
                actions_.push_back(
                    {.what = What::deactivate, .vcpu = v, .intid = static_cast<u8>(intid)});
            }
        }
        if (has(timer, v)) {
            for (const What what : {What::timer_up, What::timer_down, What::take_timer}) {
                actions_.push_back({.what = what, .vcpu = v});
            }
        }
    }
    for (const u16 bank : banks) {
        for (u8 frame = 0; frame < count; ++frame) {
            if (has(timer, frame)) {
                actions_.push_back(
                    {.what = What::write, .other = frame, .intid = u8{timer}, .bank = bank});
            }
        }
        if (has(shared, 0)) {
            actions_.push_back({.what = What::write, .intid = u8{shared}, .bank = bank});
        }
    }
    actions_.push_back({.what = What::read_other, .vcpu = 0});
    for (u8 target = 0; target < count; ++target) {
        if (has(shared, 0)) {
            actions_.push_back({.what = What::route, .other = target});
            actions_.push_back({.what = What::take_shared, .vcpu = target});
        }
        if (has(sgi, 0)) {
            actions_.push_back({.what = What::send_sgi, .vcpu = 0, .other = target});
        }
    }
    if (setup_.shared_line == Shared::event) {
        for (u8 cpu = 0; cpu <= setup_.cpus; ++cpu) {  // a ringer's, too, that runs neither vCPU
            actions_.push_back({.what = What::raise, .vcpu = cpu});
        }
    } else if (has(shared, 0)) {
        actions_.push_back({.what = What::line_up});
        actions_.push_back({.what = What::line_down});
    }
}

State World::save() const {
    State state = state_;
    for (unsigned i = 0; i < count; ++i) {
        const core::VgicCpu& cpu = cpus_[i];
        state.timers[i] = cpu.private_irqs[timer];
        state.sgis[i] = cpu.private_irqs[sgi];
        State::Cpu& saved = state.cpus[i];
        saved.used = cpu.used;
        saved.parked_active = cpu.parked_active;
        saved.queued_words = cpu.queued_words;
        saved.waiting = cpu.waiting.load();
        saved.queued = cpu.queued[0];
        saved.intid_of = cpu.used != 0 ? cpu.intid_of[0] : u16{0};
        saved.raised_again = cpu.raised_again;
        saved.is_to_look = cpu.is_to_look;
        saved.resident = cpu.resident;
        saved.list = cpu.used != 0 && !cpu.resident ? cpu.lists[0] : arch::ListRegister{};
    }
    state.spi = spis_[0];
    state.machine = machine;
    return state;
}

void World::restore(const State& state) {
    state_ = state;
    for (unsigned i = 0; i < count; ++i) {
        core::VgicCpu& cpu = cpus_[i];
        cpu.private_irqs[timer] = state.timers[i];
        cpu.private_irqs[sgi] = state.sgis[i];
        const State::Cpu& saved = state.cpus[i];
        cpu.used = saved.used;
        cpu.parked_active = saved.parked_active;
        cpu.queued_words = saved.queued_words;
        cpu.waiting.store(saved.waiting);
        cpu.queued[0] = saved.queued;
        cpu.intid_of[0] = saved.intid_of;
        cpu.raised_again = saved.raised_again;
        cpu.is_to_look = saved.is_to_look;
        cpu.resident = saved.resident;
        cpu.lists[0] = saved.list;
        cpu.counts = {};
        cpu.counts.placed = saved.used != 0 ? 1 : 0;
    }
    spis_[0] = state.spi;
    machine = state.machine;
    said_ = nullptr;
}

u8 World::priority_of(u32 intid) const {
    return intid == sgi                                  ? u8{0x10}
           : (intid == timer) == setup_.shared_is_urgent ? u8{0x80}
                                                         : u8{0x40};
}
unsigned World::running_priority(unsigned vcpu) const {
    const Nesting& nesting = state_.vcpus[vcpu].nesting;
    return nesting.is_empty() ? 0x100u : priority_of(nesting.innermost());
}
ReferenceIrq& World::reference(unsigned vcpu, u32 intid) {
    return intid == timer ? state_.ref_timers[vcpu]
           : intid == sgi ? state_.ref_sgis[vcpu]
                          : state_.ref_shared;
}
core::VirtualIrq& World::real(unsigned vcpu, u32 intid) {
    return intid == shared ? spis_[0] : cpus_[vcpu].private_irqs[intid];
}

bool World::may_execute(unsigned vcpu) const {
    const MachineCpu& cpu = machine.cpus[cpu_of(vcpu)];
    return is_resident(vcpu) && !cpu.kicked && !cpu.wants_maintenance();
}
bool World::timer_is_signalled(unsigned cpu) const {
    const i32 vcpu = machine.running[cpu];
    return vcpu >= 0 && machine.timer_up[vcpu] && !machine.cpus[cpu].timer_active;
}
bool World::shared_is_signalled() const {
    const SharedLine& line = machine.shared_line;
    return line.enabled && !line.active &&
           (setup_.shared_line == Shared::level ? line.up : line.latched);
}
bool World::is_settled() const {
    for (unsigned cpu = 0; cpu < setup_.cpus; ++cpu) {
        if (machine.cpus[cpu].kicked || machine.cpus[cpu].wants_maintenance() ||
            timer_is_signalled(cpu)) {
            return false;
        }
    }
    return !shared_is_signalled();
}

}  // namespace isthmus::model::vgic
