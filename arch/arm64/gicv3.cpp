// SPDX-License-Identifier: Apache-2.0
// Driver of the machine's GICv3 (Arm IHI 0069): distributor, redistributors, CPU interface. Ending
// an interrupt is split (EOImode 1): Isthmus drops the priority; a guest's interrupt is deactivated
// by the guest itself, through its list register.
#include "arch/arm64/gicv3.hpp"
#include "arch/arm64/el2_map.hpp"
#include "arch/arm64/mmio.hpp"
#include "arch/arm64/start.hpp"
#include "arch/arm64/sysreg.hpp"
#include "core/entry_points.hpp"
#include "core/vgic/gic_registers.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::arch {
namespace {

constexpr u8 priority = 0xa0;  ///< of every interrupt: none preempts another
constexpr u32 sgi_kick = 0;
constexpr u32 sgi_stop = 1;
constexpr u32 first_special = 1020;  ///< 1020 to 1023: nothing pending

struct Redistributor {
    HypAddress start;
    u64 size = 0;
};

struct Controller {
    HypAddress distributor;
    StaticVector<Redistributor, 16> redistributors;
    u64 stride = 0;
    u32 maintenance = 0;
    u32 virtual_timer = 0;
    u32 hypervisor_timer = 0;
};
constinit Controller controller;
constinit HypAddress sgi_frames[limits::cpus];

void wait_distributor() {
    while ((read32(controller.distributor + gic::gicd_ctlr) & gic::ctlr::rwp) != 0) {
        relax();
    }
}

void init_distributor() {
    const HypAddress base = controller.distributor;
    const u32 words = (read32(base + gic::gicd_typer) & 0x1f) + 1;
    write32(base + gic::gicd_ctlr, 0);
    wait_distributor();
    for (u32 word = 1; word < words; ++word) {
        write32(base + gic::icenabler + 4 * word, ~u32{0});
        write32(base + gic::igroupr + 4 * word, ~u32{0});
    }
    write32(base + gic::gicd_ctlr, gic::ctlr::are | gic::ctlr::enable_group1);
    wait_distributor();
}

/// GICR_TYPER's affinity, laid out as MPIDR_EL1 has it.
u64 frame_affinity(u64 typer) {
    const u64 affinity = gic::typer::GicrAffinity::get(typer);
    return (affinity & 0xff'ffff) | ((affinity >> 24) << 32);
}

Result<HypAddress> find_redistributor(u64 affinity) {
    constexpr u64 virtual_lpis = bit(1);  // GICR_TYPER.VLPIS: two more frames
    for (const Redistributor& region : controller.redistributors) {
        u64 offset = 0;
        while (offset + gic::redistributor_size <= region.size) {
            const u64 typer = read64(region.start + offset + gic::gicr_typer);
            if (frame_affinity(typer) == affinity) {
                return region.start + offset;
            }
            if ((typer & gic::typer::gicr_last) != 0) {
                break;
            }
            const u64 step =
                (typer & virtual_lpis) != 0 ? 2 * gic::redistributor_size : gic::redistributor_size;
            offset += controller.stride != 0 ? controller.stride : step;
        }
    }
    return fail(Error::not_found);
}

void wake_redistributor(HypAddress frame) {
    const u32 awake = read32(frame + gic::gicr_waker) & ~gic::waker::processor_sleep;
    write32(frame + gic::gicr_waker, awake);
    while ((read32(frame + gic::gicr_waker) & gic::waker::children_asleep) != 0) {
        relax();
    }
}

void init_private_interrupts(HypAddress sgi_frame) {
    constexpr u32 priorities = priority * 0x0101'0101u;
    write32(sgi_frame + gic::icenabler, ~u32{0});
    write32(sgi_frame + gic::igroupr, ~u32{0});
    for (u64 offset = 0; offset < 32; offset += 4) {
        write32(sgi_frame + gic::ipriorityr + offset, priorities);
    }
}

void init_cpu_interface() {
    constexpr u64 sre_all = 0xf;  // SRE, DFB, DIB, Enable: EL1 may use the registers, too
    constexpr u64 eoi_split = bit(1);
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c9_5, sre_all);  // ICC_SRE_EL2
    isb();
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_5, 0x7);  // ICC_SRE_EL1
    isb();
    ISTHMUS_WRITE_SYSREG(s3_0_c4_c6_0, 0xf0);         // ICC_PMR_EL1: everything passes
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_3, 0);          // ICC_BPR1_EL1
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_4, eoi_split);  // ICC_CTLR_EL1
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_7, 1);          // ICC_IGRPEN1_EL1
    isb();
}

u32 acknowledge() {
    return static_cast<u32>(ISTHMUS_READ_SYSREG(s3_0_c12_c12_0));
}
void drop_priority(u32 intid) {
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_1, intid);
}

void send_sgi(u32 sgi, u64 affinity) {
    const u64 value = (((affinity >> 32) & 0xff) << 48) | (((affinity >> 16) & 0xff) << 32) |
                      (((affinity >> 8) & 0xff) << 16) | (((affinity >> 4) & 0xf) << 44) |
                      (u64{1} << (affinity & 0xf)) | (u64{sgi} << 24);
    dsb_ishst();                                  // what the other CPU is to see was written before
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c11_5, value);  // ICC_SGI1R_EL1
    isb();
}

void handle_private(core::PerCpu& cpu, u32 intid) {
    if (intid == sgi_kick) {
        core::on_kick(cpu);
    } else if (intid == sgi_stop) {
        halt();
    } else if (intid == controller.hypervisor_timer) {
        core::on_deadline(cpu);
    } else if (intid == controller.maintenance) {
        core::on_maintenance(cpu);
    } else {
        core::on_host_interrupt(intid);
    }
}

}  // namespace

Result<void> init_interrupts(const InterruptController& description) {
    if (description.version != 3) {
        return fail(Error::unsupported);
    }
    controller.distributor = ISTHMUS_TRY(map_device(description.distributor));
    for (const HostRange& range : description.redistributors) {
        const HypAddress start = ISTHMUS_TRY(map_device(range));
        if (!controller.redistributors.push_back({start, range.size()})) {
            return fail(Error::unsupported);
        }
    }
    controller.stride = description.redistributor_stride;
    controller.maintenance = description.maintenance_intid;
    controller.virtual_timer = description.virtual_timer_intid;
    controller.hypervisor_timer = description.hypervisor_timer_intid;
    init_distributor();
    return {};
}

Result<void> init_cpu_interrupts() {
    const HypAddress frame = ISTHMUS_TRY(find_redistributor(cpu_affinity()));
    wake_redistributor(frame);
    const HypAddress sgi_frame = frame + gic::sgi_frame;
    sgi_frames[cpu_index()] = sgi_frame;
    init_private_interrupts(sgi_frame);
    init_cpu_interface();
    for (const u32 intid : {sgi_kick, sgi_stop, controller.maintenance, controller.virtual_timer,
                            controller.hypervisor_timer}) {
        enable_private_interrupt(intid);
    }
    return {};
}

void enable_private_interrupt(u32 intid) {
    write32(sgi_frames[cpu_index()] + gic::isenabler, u32{1} << intid);
}

void set_private_active(u32 intid, bool active) {
    const u64 bank = active ? gic::isactiver : gic::icactiver;
    write32(sgi_frames[cpu_index()] + bank, u32{1} << intid);
}

void enable_interrupt(u32 intid, usize cpu, Trigger trigger) {
    const HypAddress base = controller.distributor;
    const u64 configuration = gic::icfgr + (intid / 16) * 4;
    const u32 field = 2u << (2 * (intid % 16));
    const u32 others = read32(base + configuration) & ~field;
    write32(base + configuration, trigger == Trigger::edge ? others | field : others);
    write8(base + gic::ipriorityr + intid, priority);
    const u64 affinity = affinity_of(cpu);
    write64(base + gic::gicd_irouter + u64{8} * intid, affinity);
    write32(base + gic::isenabler + (intid / 32) * 4, u32{1} << (intid % 32));
}

void deactivate_interrupt(u32 intid) {
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c11_1, intid);  // ICC_DIR_EL1
}

void take_interrupt(core::PerCpu& cpu) {
    const u32 intid = acknowledge();
    if (intid >= first_special) {
        return;
    }
    drop_priority(intid);
    if (intid == controller.virtual_timer && cpu.current != nullptr) [[likely]] {
        core::on_virtual_timer(cpu);  // stays active until the guest ends it
        return;
    }
    handle_private(cpu, intid);
    deactivate_interrupt(intid);
}

bool is_interrupt_pending() {
    return ISTHMUS_READ_SYSREG(isr_el1) != 0;
}

void poll_interrupts() {
    core::PerCpu& cpu = core::this_cpu();
    while (is_interrupt_pending()) {
        take_interrupt(cpu);
    }
}

void kick(usize cpu) {
    send_sgi(sgi_kick, affinity_of(cpu));
}

void stop_other_cpus() {
    if (controller.distributor == HypAddress()) {
        return;  // none has been started yet, and the registers below may not be there
    }
    constexpr u64 all_but_self = bit(40);
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c11_5, all_but_self | (u64{sgi_stop} << 24));
    isb();
}

}  // namespace isthmus::arch
