// SPDX-License-Identifier: Apache-2.0
// Interrupts of the machine, for either version of its controller. Ending one is split (EOImode 1):
// Isthmus drops the priority; a guest's interrupt is deactivated by the guest itself, through its
// list register.
#include "arch/arm64/gic/gic.hpp"

#include "arch/arm64/cpu/mmio.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/gic/gicv2.hpp"
#include "arch/arm64/gic/gicv3.hpp"
#include "arch/arm64/gic/gicv3_firmware.hpp"
#include "core/arm/vgic/gic_registers.hpp"
#include "core/arm/vgic/virtual_irq.hpp"
#include "core/entry_points.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::arch {

constinit bool has_gicv2 = false;

namespace {

constexpr u8 priority = 0xa0;  ///< of every interrupt: none preempts another

/// The private interrupts that Isthmus uses; 0 before the controller is up.
struct PrivateInterrupts {
    u32 maintenance = 0;
    u32 virtual_timer = 0;
    u32 hypervisor_timer = 0;
};
constinit PrivateInterrupts own;

/// True when a guest will end it.
bool handle_other(core::PerCpu& cpu, u32 intid) {
    if (intid == sgi_kick) {
        core::on_kick(cpu);
    } else if (intid == sgi_stop) {
        halt();
    } else if (intid == own.hypervisor_timer) {
        core::on_deadline(cpu);
    } else if (intid == own.maintenance) {
        core::on_maintenance(cpu);
    } else {
        return core::on_host_interrupt(intid);
    }
    return false;
}

/// `acknowledged` names the interrupt for its end, too. False when there was none.
template <class Driver>
[[gnu::always_inline]] inline bool take(core::PerCpu& cpu) {
    const u32 acknowledged = Driver::acknowledge();
    const u32 intid = Driver::intid_of(acknowledged);
    if (intid >= first_special_intid) {
        return false;
    }
    Driver::drop_priority(acknowledged);
    if (intid == own.virtual_timer && cpu.current != nullptr) [[likely]] {
        core::on_virtual_timer(cpu);  // stays active until the guest ends it
        return true;
    }
    // What the sender of this interrupt wrote before must not have been read by now: a load may
    // overtake the acknowledge. The timer above has no sender.
    dsb_sy();
    if (!handle_other(cpu, intid)) {
        Driver::deactivate(acknowledged);
    }
    return true;
}

HypAddress distributor() {
    return has_gicv2 ? Gicv2::distributor() : Gicv3::distributor();
}

}  // namespace

Result<void> wait_for_writes(HypAddress address, u32 busy) {
    return wait_until_clear(busy, [&] {
        relax();
        return read32(address);
    });
}

Result<void> prepare_private_interrupts(HypAddress frame, bool group1, HypAddress control, u32 busy,
                                        u32 further_words) {
    constexpr u32 priorities = priority * 0x0101'0101u;
    for (u32 word = 0; word <= further_words; ++word) {
        write32(frame + gic::icenabler + 4 * word, ~u32{0});
    }
    ISTHMUS_TRY(wait_for_writes(control, busy));
    for (u32 word = 0; word <= further_words; ++word) {
        write32(frame + gic::icpendr + 4 * word, ~u32{0});
        write32(frame + gic::icactiver + 4 * word, ~u32{0});
    }
    write32(frame + gic::igroupr, group1 ? ~u32{0} : 0);
    for (u64 offset = 0; offset < 32; offset += 4) {
        write32(frame + gic::ipriorityr + offset, priorities);
    }
    return {};
}

Result<void> prepare_shared_interrupts(HypAddress distributor, bool group1) {
    const u32 typer = read32(distributor + gic::gicd_typer);
    const u32 words = (typer & 0x1f) + 1;
    const bool extended = !has_gicv2 && (typer & gic::typer::has_extended) != 0;
    const u32 further = extended ? static_cast<u32>(gic::typer::ExtendedRange::get(typer)) + 1 : 0;
    for (u32 word = 1; word < words; ++word) {
        write32(distributor + gic::icenabler + 4 * word, ~u32{0});
    }
    for (u32 word = 0; word < further; ++word) {
        write32(distributor + gic::icenabler_extended + 4 * word, ~u32{0});
    }
    ISTHMUS_TRY(wait_for_writes(distributor + gic::gicd_ctlr, gic::ctlr::rwp));
    for (u32 word = 1; word < words; ++word) {
        write32(distributor + gic::icpendr + 4 * word, ~u32{0});
        write32(distributor + gic::icactiver + 4 * word, ~u32{0});
        write32(distributor + gic::igroupr + 4 * word, group1 ? ~u32{0} : 0);
    }
    for (u32 word = 0; word < further; ++word) {
        write32(distributor + gic::icpendr_extended + 4 * word, ~u32{0});
        write32(distributor + gic::icactiver_extended + 4 * word, ~u32{0});
    }
    return {};
}

namespace {

/// Around reading and writing a word of GICD_ICFGR, which is for sixteen interrupts, and so perhaps
/// for those of several guests.
constinit SpinLock trigger_lock;

ISTHMUS_REQUIRES(trigger_lock)
void change_trigger(HypAddress distributor, u32 intid, Trigger trigger) {
    const u64 configuration = gic::icfgr + (intid / 16) * 4;
    const u32 field = 2u << (2 * (intid % 16));
    const u32 others = read32(distributor + configuration) & ~field;
    write32(distributor + configuration, trigger == Trigger::edge ? others | field : others);
}

}  // namespace

void write_trigger(HypAddress distributor, u32 intid, Trigger trigger) {
    const LockGuard guard(trigger_lock);
    change_trigger(distributor, intid, trigger);
}

void prepare_shared_interrupt(HypAddress distributor, u32 intid, Trigger trigger) {
    write_trigger(distributor, intid, trigger);
    write8(distributor + gic::ipriorityr + intid, priority);
}

Result<void> find_interrupts(const InterruptController& controller,
                             void (*left)(void* context, HostRange table), void* context) {
    has_gicv2 = controller.version == 2;
    if (has_gicv2) {
        return Gicv2::find(controller);
    }
    if (controller.version != 3) {
        return fail(Error::unsupported);
    }
    ISTHMUS_TRY(Gicv3::find(controller));
    ISTHMUS_TRY(Gicv3::quiesce_translators(controller, left, context));
    return Gicv3::turn_off_lpis(controller, left, context);
}

Result<void> init_interrupts(const InterruptController& controller) {
    ISTHMUS_TRY(has_gicv2 ? Gicv2::init(controller) : Gicv3::init(controller));
    own = {controller.maintenance_intid, controller.virtual_timer_intid,
           controller.hypervisor_timer_intid};
    return {};
}

Result<void> init_cpu_interrupts() {
    ISTHMUS_TRY(has_gicv2 ? Gicv2::init_cpu() : Gicv3::init_cpu());
    for (unsigned index = 0; index < list_register_count(); ++index) {
        clear_list_register(index);  // unknown after a reset
    }
    for (const u32 intid :
         {sgi_kick, sgi_stop, own.maintenance, own.virtual_timer, own.hypervisor_timer}) {
        enable_private_interrupt(intid);
    }
    return {};
}

void enable_private_interrupt(u32 intid) {
    const HypAddress frame = has_gicv2 ? Gicv2::private_frame() : Gicv3::private_frame();
    write32(frame + gic::isenabler, u32{1} << intid);
}

void set_private_active(u32 intid, bool active) {
    const HypAddress frame = has_gicv2 ? Gicv2::private_frame() : Gicv3::private_frame();
    const HypAddress set = frame + (active ? gic::isactiver : gic::icactiver);
    write32(set, u32{1} << intid);
    static_cast<void>(read32(set));  // a posted write is over before the timer may fire
}

bool is_line_up(u32 intid) {
    if (intid == own.virtual_timer) [[likely]] {
        using namespace timer_ctl;
        const u64 control = ISTHMUS_READ_SYSREG(cntv_ctl_el0);
        return (control & (enable | imask | istatus)) == (enable | istatus);
    }
    const HypAddress frame = intid >= core::private_count ? distributor()
                             : has_gicv2                  ? Gicv2::private_frame()
                                                          : Gicv3::private_frame();
    return ((read32(frame + gic::ispendr + (intid / 32) * 4) >> (intid % 32)) & 1) != 0;
}

void prepare_interrupt(u32 intid, usize cpu, Trigger trigger) {
    route_interrupt(intid, cpu);
    prepare_shared_interrupt(distributor(), intid, trigger);
}

void set_interrupt_trigger(u32 intid, Trigger trigger) {
    write_trigger(distributor(), intid, trigger);
}

void route_interrupt(u32 intid, usize cpu) {
    if (has_gicv2) {
        Gicv2::route(intid, cpu);
    } else {
        Gicv3::route(intid, cpu);
    }
}

void set_interrupt_enabled(u32 intid, bool enabled) {
    const u64 set = enabled ? gic::isenabler : gic::icenabler;
    write32(distributor() + set + (intid / 32) * 4, u32{1} << (intid % 32));
}

void deactivate_interrupt(u32 intid) {
    if (has_gicv2) [[unlikely]] {
        Gicv2::deactivate(intid);
    } else {
        Gicv3::deactivate(intid);
    }
}

bool take_interrupt(core::PerCpu& cpu) {
    if (has_gicv2) [[unlikely]] {
        return take<Gicv2>(cpu);
    }
    return take<Gicv3>(cpu);
}

/// ISR_EL1.I alone: .A is an SError, which no acknowledge takes away, and .F is never ours.
bool is_interrupt_pending() {
    return (ISTHMUS_READ_SYSREG(isr_el1) & bit(7)) != 0;
}

/// One that is withdrawn between the look and the acknowledge ends it, too.
void poll_interrupts() {
    core::PerCpu& cpu = core::this_cpu();
    while (is_interrupt_pending() && take_interrupt(cpu)) {
    }
}

void kick(usize cpu) {
    dsb_ishst();  // what the other CPU is to see was written before
    if (has_gicv2) [[unlikely]] {
        Gicv2::send_sgi(sgi_kick, cpu);
    } else {
        Gicv3::send_sgi(sgi_kick, cpu);
    }
}

void stop_other_cpus() {
    if (own.maintenance == 0) {
        return;  // none has been started yet, and the registers below may not be there
    }
    if (has_gicv2) {
        Gicv2::send_sgi_to_others(sgi_stop);
    } else {
        Gicv3::send_sgi_to_others(sgi_stop);
    }
}

}  // namespace isthmus::arch
