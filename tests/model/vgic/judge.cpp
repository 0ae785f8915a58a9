// SPDX-License-Identifier: Apache-2.0
// What must hold after each step.
#include <cstdio>
#include <optional>

#include "core/arm/vgic/gic_registers.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "tests/model/vgic/world.hpp"

namespace isthmus::model::vgic {

using ListState = arch::ListRegister::State;

/// The guest can lower a line of the machine without an exit: it may still find it pending in the
/// list register, until EL2 looks.
bool World::may_have_fallen(u32 intid) const {
    return intid == timer || (intid == shared && setup_.shared_line == Shared::level);
}

/// The vCPU reads a frame's GICR_ISPENDR0 and ISACTIVER0, and the shared line's.
void World::read(unsigned vcpu, unsigned frame) {
    const u64 sgi_frame = frame * gic::redistributor_size + gic::sgi_frame;
    const bool pending =
        ((gic_.read_redistributor(sgi_frame + gic::ispendr, 4).value_or(0) >> timer) & 1) != 0;
    const bool active =
        ((gic_.read_redistributor(sgi_frame + gic::isactiver, 4).value_or(0) >> timer) & 1) != 0;
    const bool shared_pending =
        (gic_.read_distributor(cpus_[vcpu], gic::ispendr + 4, 4).value_or(0) & 1) != 0;
    if (state_.vague || frame != vcpu || !is_settled()) {
        return;  // another CPU's list register cannot be read
    }
    const ReferenceIrq& expected = reference(frame, timer);
    if (pending != expected.pending()) {
        say("ISPENDR0 does not say what is pending");
    }
    if (active != expected.active) {
        say("ISACTIVER0 does not say what is active");
    }
    const core::VirtualIrq& spi = spis_[0];
    const bool can_look = !spi.is_listed() || spi.holder == vcpu;
    const bool is_signalled = setup_.shared_line != Shared::level || machine.shared_line.enabled;
    if (setup_.shared_line != Shared::none && can_look && is_signalled &&
        shared_pending != state_.ref_shared.pending()) {
        say("ISPENDR1 does not say what is pending");
    }
}

/// When nothing is under way: the most urgent interrupt is there, and a sleeper has none.
void World::check_delivery() {
    for (unsigned v = 0; v < count; ++v) {
        u32 best = 0;
        unsigned best_priority = 0x100;
        for (const u32 intid : {sgi, timer, shared}) {
            if (has(intid, v) && reference(v, intid).may_be_taken_by(v) &&
                priority_of(intid) < best_priority) {
                best = intid;
                best_priority = priority_of(intid);
            }
        }
        if (cpus_[v].waiting.load() != 0 && best != 0 && !(best == timer)) {
            say("a vCPU sleeps, and an interrupt is there");
        }
        if (!is_resident(v) || best_priority >= running_priority(v)) {
            continue;
        }
        const arch::ListRegister& list = machine.cpus[cpu_of(v)].list;
        if (list.state == ListState::pending && may_have_fallen(list.intid) &&
            list.priority < best_priority) {
            continue;  // EL2 has not looked since it fell
        }
        if (list.state != ListState::pending || list.intid != best) {
            say("an interrupt is lost, or behind a less urgent one");
        }
    }
}

/// Every combination of flags is a state of docs/vgic.md; bookkeeping agrees with itself.
void World::check_states() {
    u32 parked[count] = {};
    for (unsigned v = 0; v < count; ++v) {
        for (const u32 intid : {sgi, timer, shared}) {
            const core::VirtualIrq& irq = real(v, intid);
            if (!core::is_legal(irq)) {
                say("the flags of an interrupt are no state");
            }
            if (irq.active == core::Active::parked && irq.holder == v) {
                ++parked[v];
            }
            const bool is_listed_here = irq.is_listed() && irq.holder == v;
            if (is_listed_here != (cpus_[v].used != 0 && cpus_[v].intid_of[0] == intid)) {
                say("a list register and its interrupt do not name each other");
            }
        }
        const core::InterruptCounts& counts = cpus_[v].counts;
        if (counts.placed - counts.ended - counts.withdrawn != (cpus_[v].used != 0 ? 1 : 0)) {
            say("the counts do not agree");
        }
        if (parked[v] != cpus_[v].parked_active) {
            say("parked interrupts are counted wrong");
        }
        if ((cpus_[v].queued[0] != 0) != (cpus_[v].queued_words != 0)) {
            say("the queue's summary is wrong");
        }
        const arch::ListRegister& list = machine.cpus[cpu_of(v)].list;
        if (is_resident(v) && cpus_[v].used == 0 && list.state != ListState::inactive) {
            say("a list register is in use that is not");
        }
    }
}

/// The machine's active states are those that interrupts have in hand: of a private line only while
/// its vCPU runs there, and with a use for it as soon as that CPU has done what it was asked.
void World::check_lines() {
    for (unsigned cpu = 0; cpu < setup_.cpus; ++cpu) {
        const MachineCpu& there = machine.cpus[cpu];
        const i32 v = machine.running[cpu];
        if (v < 0) {
            if (there.timer_active) {
                say("nobody runs here, and the machine's private line is active");
            }
            continue;
        }
        const core::VirtualIrq& irq = cpus_[static_cast<usize>(v)].private_irqs[timer];
        const bool is_ended = irq.is_listed() && there.list.state == ListState::inactive &&
                              there.list.host_intid != 0;
        if (there.timer_active != (irq.in_hand && !is_ended)) {
            say("the private line's active state is not what its interrupt has in hand");
        }
        if (irq.in_hand && !irq.has_use_for_line() && !there.kicked) {
            say("a private line is in hand for nothing");
        }
        const ReferenceIrq& expected = state_.ref_timers[static_cast<usize>(v)];
        const bool is_known = state_.vague || there.kicked || there.wants_maintenance() ||
                              irq.line || expected.pending() || expected.active;
        if (there.timer_active && !is_known && (!irq.is_listed() || is_ended)) {
            say("a private line is active, and the guest will never end it");
        }
    }
    for (unsigned v = 0; v < count; ++v) {
        const arch::ListRegister& list =
            is_resident(v) ? machine.cpus[cpu_of(v)].list : cpus_[v].lists[0];
        if (cpus_[v].used != 0 && list.host_intid != 0 && !real(v, list.intid).in_hand) {
            say("a list register will end a line that its interrupt has not in hand");
        }
        const core::VirtualIrq& irq = cpus_[v].private_irqs[timer];
        if (!is_resident(v) && irq.in_hand && !irq.has_use_for_line()) {
            say("a vCPU that does not run has a line in hand for nothing");
        }
    }
}

void World::check_shared_line() {
    if (setup_.shared_line != Shared::level && setup_.shared_line != Shared::edge) {
        return;
    }
    const core::VirtualIrq& irq = spis_[0];
    if (machine.shared_line.active && !irq.in_hand) {
        say("the shared line is active for nobody");
    }
    if (irq.in_hand && !irq.has_use_for_line()) {
        say("the shared line is in hand for nothing");
    }
    if (irq.in_hand && !irq.is_listed() && !machine.shared_line.active) {
        say("the shared line is in hand, and the machine does not know");
    }
}

const char* World::wrong() {
    if (machine.misuse != nullptr) {
        say(machine.misuse);
    }
    check_states();
    check_lines();
    check_shared_line();
    if (!state_.vague && is_settled()) {
        check_delivery();
    }
    return said_;
}

std::string text_of(const Action& action) {
    static constexpr std::array names{
        "acknowledges", "ends",        "deactivates",  "timer up",        "timer down",
        "WFI",          "CPU_OFF",     "is turned on", "leaves",          "enters",
        "reads own",    "reads other", "takes a kick", "takes the timer", "takes the shared line",
        "line up",      "line down",   "raises it",    "sends an SGI",    "routes",
        "writes"};
    char text[96];
    std::snprintf(text, sizeof(text), "%u %s", unsigned{action.vcpu},
                  names[static_cast<usize>(action.what)]);
    std::string result = text;
    if (action.what == What::write) {
        std::snprintf(text, sizeof(text), " %x bit %u of %u", unsigned{action.bank},
                      unsigned{action.intid}, unsigned{action.other});
        result += text;
    } else if (action.what == What::send_sgi || action.what == What::route) {
        result += action.other == 0 ? " to 0" : " to 1";
    }
    return result;
}

std::string World::show() {
    std::string result;
    char text[200];
    const auto irq_text = [&](const char* name, const core::VirtualIrq& irq,
                              const ReferenceIrq& ref) {
        std::snprintf(text, sizeof(text),
                      "   %s: list %d holder %u active %u%s%s%s%s%s%s%s%s%s | ref%s%s%s%s%s\n",
                      name, irq.is_listed() ? int{irq.in_list} : -1, unsigned{irq.holder},
                      static_cast<unsigned>(irq.active), irq.enabled ? " enabled" : "",
                      irq.latched ? " latched" : "", irq.line ? " line" : "",
                      irq.held ? " held" : "", irq.in_hand ? " in-hand" : "",
                      irq.drop_pending ? " drop-pending" : "",
                      irq.drop_active ? " drop-active" : "", irq.make_active ? " make-active" : "",
                      irq.again ? " again" : "", ref.enabled ? " enabled" : "",
                      ref.latched ? " latched" : "", ref.line ? " line" : "",
                      ref.active ? " active" : "", ref.by_register ? " by-register" : "");
        result += text;
    };
    for (unsigned v = 0; v < count; ++v) {
        irq_text(v == 0 ? "timer 0" : "timer 1", cpus_[v].private_irqs[timer],
                 state_.ref_timers[v]);
        if (has(sgi, v)) {
            irq_text(v == 0 ? "sgi 0" : "sgi 1", cpus_[v].private_irqs[sgi], state_.ref_sgis[v]);
        }
        const MachineCpu& cpu = machine.cpus[v];
        std::snprintf(text, sizeof(text),
                      "   CPU %u runs %d: list %u state %u%s, timer %s%s%s; vCPU %u timer %s\n", v,
                      machine.running[v], unsigned{cpu.list.intid},
                      static_cast<unsigned>(cpu.list.state), cpu.list.host_intid != 0 ? " HW" : "",
                      cpu.timer_active ? "active" : "inactive", cpu.kicked ? ", kicked" : "",
                      cpu.wants_maintenance() ? ", maintenance" : "", v,
                      machine.timer_up[v] ? "up" : "down");
        result += text;
    }
    if (has(shared, 0)) {
        irq_text("shared", spis_[0], state_.ref_shared);
    }
    return result;
}

}  // namespace isthmus::model::vgic
