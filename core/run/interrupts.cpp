// SPDX-License-Identifier: Apache-2.0
#include "core/run/interrupts.hpp"

#include "core/console/input.hpp"
#include "core/console/transmit.hpp"
#include "core/device/device_lines.hpp"
#include "core/device/dma_faults.hpp"
#include "core/domain/domain.hpp"
#include "core/run/scheduler.hpp"
#include "isthmus/arch/console.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

constinit u32 console_intid = 0;

}  // namespace

void connect_console(const fdt::HostDescription& host) {
    if (!host.console || !host.console->intid) {
        log("the console's UART has no interrupt in the tree: no input");
        return;
    }
    console_intid = *host.console->intid;
    arch::prepare_interrupt(console_intid, arch::cpu_index(),
                            host.console->edge ? arch::Trigger::edge : arch::Trigger::level);
    arch::set_interrupt_enabled(console_intid, true);
    arch::listen_to_console(true);
    on_console_input();  // what came before nobody will tell again
}

bool on_host_interrupt(u32 intid) {
    if (hand_over_line(intid)) [[likely]] {
        return true;
    }
    if (intid == console_intid) {
        on_console_input();
        on_console_room();  // behind it, as looking at what was received may end what tells of room
    } else if (!on_smmu_interrupt(intid)) {
        log("interrupt {} of the machine belongs to nobody", intid);
    }
    return false;
}

void on_deadline(PerCpu& cpu) {
    arch::set_deadline(cpu.timers.run(arch::counter()));
}

void on_kick(PerCpu& cpu) {
    if (Vcpu* vcpu = cpu.current) {
        vcpu->domain->vgic.take_kick(*vcpu->vgic);
        reconsider(cpu);
    }
}

void on_maintenance(PerCpu& cpu) {
    if (Vcpu* vcpu = cpu.current) {
        vcpu->domain->vgic.refresh(*vcpu->vgic);
    }
}

void send_guest_sgi(Vcpu& vcpu, u64 value) {
    vcpu.domain->vgic.send_sgi(*vcpu.vgic, value);
}

}  // namespace isthmus::core
