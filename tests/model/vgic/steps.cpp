// SPDX-License-Identifier: Apache-2.0
// What happens: guests' instructions, the scheduler, the machine.
#include <utility>

#include "core/arm/vgic/gic_registers.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "tests/model/vgic/world.hpp"

namespace isthmus::model::vgic {

using ListState = arch::ListRegister::State;

bool World::step(const Action& action) {
    switch (action.what) {
        case What::leave:
        case What::enter:
        case What::off:
        case What::turn_on:
        case What::wait:
            return scheduler_step(action);
        case What::take_kick:
        case What::take_timer:
        case What::take_shared:
        case What::line_up:
        case What::line_down:
        case What::raise:
            return machine_step(action);
        case What::timer_up:
            if (machine.timer_up[action.vcpu] || !state_.vcpus[action.vcpu].on ||
                (is_resident(action.vcpu) && !may_execute(action.vcpu))) {
                return false;
            }
            machine.timer_up[action.vcpu] = state_.ref_timers[action.vcpu].line = true;
            if (!is_resident(action.vcpu)) {
                cpus_[action.vcpu].waiting.store(0);  // the scheduler's soft timer
            }
            return true;
        case What::write: {
            // Ended, and the maintenance interrupt is there: which was first, end or write?
            const core::VirtualIrq& irq = real(action.other, action.intid);
            const bool is_ending = irq.active == core::Active::parked &&
                                   machine.cpus[cpu_of(irq.holder)].end_count != 0;
            const ReferenceIrq& expected = reference(action.other, action.intid);
            const bool is_fair = action.bank != gic::icactiver || !expected.active ||
                                 expected.by_register || !setup_.fair_ends;
            return !is_ending && is_fair && may_execute(action.vcpu) && guest_step(action);
        }
        default:
            return may_execute(action.vcpu) && guest_step(action);
    }
}

bool World::guest_step(const Action& action) {
    const unsigned v = action.vcpu;
    machine.here = static_cast<u8>(cpu_of(v));
    switch (action.what) {
        case What::acknowledge:
            return acknowledge(v);
        case What::end:
            return end(v);
        case What::deactivate:
            return deactivate_dropped(v, action.intid);
        case What::timer_down:
            state_.ref_timers[v].line = false;
            return std::exchange(machine.timer_up[v], false);
        case What::read_own:
            read(v, v);
            return true;
        case What::read_other:
            read(v, 1 - v);
            return true;
        case What::send_sgi:
            state_.ref_sgis[action.other].latched = true;
            gic_.send_sgi(cpus_[v], u64{sgi} << 24 | u64{1} << action.other);
            return true;
        case What::route:
            if (state_.ref_shared.target == action.other) {
                return false;
            }
            state_.ref_shared.target = action.other;
            static_cast<void>(gic_.write_distributor(cpus_[v], gic::gicd_irouter + u64{shared} * 8,
                                                     8, action.other));
            return true;
        default:
            write(action);
            return true;
    }
}

bool World::acknowledge(unsigned vcpu) {
    arch::ListRegister& list = machine.cpu().list;
    if (list.state != ListState::pending || list.priority >= running_priority(vcpu)) {
        return false;
    }
    ReferenceIrq& expected = reference(vcpu, list.intid);
    ReferenceIrq with_line = expected;
    with_line.line = with_line.line || may_have_fallen(list.intid);
    if (!state_.vague && !with_line.may_be_taken_by(vcpu)) {
        say("a guest takes an interrupt that is not there");
    }
    list.state = ListState::active;
    expected.acknowledge(static_cast<u8>(vcpu));
    state_.vcpus[vcpu].nesting.push(static_cast<u8>(list.intid));
    return true;
}

/// EOIR: the priority drops, and unless the end is split the interrupt is deactivated.
bool World::end(unsigned vcpu) {
    Vcpu& guest = state_.vcpus[vcpu];
    if (guest.nesting.is_empty()) {
        return false;
    }
    const u32 intid = guest.nesting.pop();
    if (setup_.split_end) {
        guest.undropped = static_cast<u8>(guest.undropped | 1u << (intid % 8));
    } else {
        deactivate(vcpu, intid);
    }
    return true;
}

/// DIR.
bool World::deactivate_dropped(unsigned vcpu, u32 intid) {
    Vcpu& guest = state_.vcpus[vcpu];
    const auto bit = static_cast<u8>(1u << (intid % 8));
    if ((guest.undropped & bit) == 0) {
        return false;
    }
    guest.undropped = static_cast<u8>(guest.undropped & ~bit);
    deactivate(vcpu, intid);
    return true;
}

/// What the CPU does with the list register that holds it; an end that none knows is counted.
void World::deactivate(unsigned vcpu, u32 intid) {
    ReferenceIrq& expected = reference(vcpu, intid);
    if (expected.active && !expected.by_register && expected.handler == vcpu) {
        expected.end();
    } else {  // cleared meanwhile: it ends something else, if there is anything
        state_.vague = state_.vague || expected.by_register || cpus_[vcpu].parked_active != 0;
    }
    MachineCpu& cpu = machine.cpu();
    arch::ListRegister& list = cpu.list;
    if (list.intid != intid || !core::is_active(list.state)) {
        // More than two can be parked by nobody here: further ones are a guest's wrong ends.
        cpu.end_count = cpu.end_count < 2 ? static_cast<u8>(cpu.end_count + 1) : u8{2};
        return;
    }
    list.state = list.state == ListState::active ? ListState::inactive : ListState::pending;
    if (list.host_intid == timer) {
        cpu.timer_active = false;
    } else if (list.host_intid == shared) {
        machine.shared_line.active = false;
    }
}

void World::write(const Action& action) {
    ReferenceIrq& expected = reference(action.other, action.intid);
    switch (action.bank) {
        case gic::isenabler:
            expected.enabled = true;
            break;
        case gic::icenabler:
            expected.enabled = false;
            break;
        case gic::ispendr:
            expected.latched = true;
            break;
        case gic::icpendr:
            expected.latched = false;
            break;
        case gic::isactiver:
            expected.set_active();
            break;
        default:
            expected.clear_active();
            break;
    }
    const u64 word = u64{1} << (action.intid % 32);
    if (action.intid == shared) {
        static_cast<void>(gic_.write_distributor(cpus_[action.vcpu], action.bank + 4, 4, word));
    } else {
        static_cast<void>(gic_.write_redistributor(
            action.other * gic::redistributor_size + gic::sgi_frame + action.bank, 4, word));
    }
}

bool World::scheduler_step(const Action& action) {
    const unsigned v = action.vcpu;
    const unsigned cpu = cpu_of(v);
    machine.here = static_cast<u8>(cpu);
    switch (action.what) {
        case What::leave:
            if (!is_resident(v)) {
                return false;
            }
            leave(v);
            return true;
        case What::enter:
            if (machine.running[cpu] >= 0 || !state_.vcpus[v].on || cpus_[v].waiting.load() != 0) {
                return false;
            }
            machine.running[cpu] = static_cast<i32>(v);
            gic_.enter(cpus_[v]);
            return true;
        case What::off:
            if (!may_execute(v)) {
                return false;
            }
            reset(v);
            leave(v);
            state_.vcpus[v].on = false;
            machine.timer_up[v] = state_.ref_timers[v].line = false;
            return true;
        case What::turn_on:
            if (state_.vcpus[v].on || !may_execute(1 - v)) {
                return false;
            }
            machine.here = static_cast<u8>(cpu_of(1 - v));
            reset(v);
            state_.vcpus[v].on = true;
            machine.cpus[cpu].kicked = true;
            return true;
        default:
            if (!may_execute(v) || timer_is_signalled(cpu) ||
                (shared_is_signalled() && machine.shared_line.cpu == cpu) || !gic_.wait(cpus_[v])) {
                return false;
            }
            leave(v);
            return true;
    }
}

void World::leave(unsigned vcpu) {
    gic_.leave(cpus_[vcpu]);
    machine.running[machine.here] = -1;
    machine.cpu().maintenance = {};
    machine.cpu().end_count = 0;
}

namespace {
void end_handled(ReferenceIrq& irq, unsigned vcpu) {
    if (!irq.by_register && irq.handler == vcpu) {
        irq.end();
    }
}
}  // namespace

void World::reset(unsigned vcpu) {
    gic_.reset(cpus_[vcpu]);
    Vcpu& guest = state_.vcpus[vcpu];
    while (!guest.nesting.is_empty()) {
        end_handled(reference(vcpu, guest.nesting.pop()), vcpu);
    }
    if ((guest.undropped & 1u << (shared % 8)) != 0) {
        end_handled(state_.ref_shared, vcpu);
    }
    const bool on = guest.on;
    guest = {};
    guest.on = on;
    for (const u32 intid : {sgi, timer}) {
        ReferenceIrq& irq = reference(vcpu, intid);
        irq = {.enabled = intid == sgi, .edge = irq.edge, .line = irq.line, .target = irq.target};
        real(vcpu, intid).priority = priority_of(intid);
    }
}

bool World::machine_step(const Action& action) {
    const unsigned cpu = action.vcpu;
    machine.here = static_cast<u8>(cpu);
    const i32 running = cpu < setup_.cpus ? machine.running[cpu] : -1;
    SharedLine& line = machine.shared_line;
    switch (action.what) {
        case What::take_kick:
            if (!machine.cpus[cpu].kicked && !machine.cpus[cpu].wants_maintenance()) {
                return false;
            }
            if (running < 0) {
                machine.cpus[cpu].kicked = false;
            } else if (std::exchange(machine.cpus[cpu].kicked, false)) {
                gic_.take_kick(cpus_[static_cast<unsigned>(running)]);
            } else {
                gic_.refresh(cpus_[static_cast<unsigned>(running)]);
            }
            return true;
        case What::raise:
            state_.ref_shared.latched = true;
            gic_.raise_shared(shared);
            return true;
        case What::take_timer:
            if (cpu >= setup_.cpus || !timer_is_signalled(cpu)) {
                return false;
            }
            machine.cpus[cpu].timer_active = true;
            gic_.raise_line_here(cpus_[static_cast<unsigned>(running)], timer);
            return true;
        case What::take_shared:
            if (line.cpu != cpu || !shared_is_signalled()) {
                return false;
            }
            line.active = true;
            if (setup_.shared_line == Shared::edge) {
                line.latched = false;
                state_.ref_shared.latched = true;
            }
            gic_.raise_host(shared);
            return true;
        default: {
            const bool up = action.what == What::line_up;
            if (setup_.shared_line == Shared::edge) {
                return up && !std::exchange(line.latched, true);
            }
            if (line.up == up) {
                return false;
            }
            line.up = state_.ref_shared.line = up;
            if (setup_.shared_line == Shared::emulated) {
                machine.here = 0;
                gic_.set_line(shared, up);
            }
            return true;
        }
    }
}

}  // namespace isthmus::model::vgic
