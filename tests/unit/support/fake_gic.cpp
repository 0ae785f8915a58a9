// SPDX-License-Identifier: Apache-2.0
// The fake machine's interrupt hardware: list registers as an array, kicks and deactivations kept.
#include <utility>

#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "isthmus/panic.hpp"
#include "tests/unit/support/fake_machine.hpp"
#include "tests/unit/support/fake_own_map.hpp"
#include "tests/unit/support/virtual_cpu.hpp"

namespace isthmus::test {

using State = arch::ListRegister::State;

bool FakeCpu::wants_maintenance() const {
    bool pending = false;
    for (const arch::ListRegister& list : lists) {
        if (list.state == State::inactive && list.end_signal && list.host_intid == 0) {
            return true;  // ICH_EISR_EL2, until the register is written again
        }
        pending = pending || list.state == State::pending;
    }
    return (maintenance.no_pending && !pending) || (maintenance.end_not_present && end_count != 0);
}

u32 VirtualCpu::acknowledge() {
    arch::ListRegister* best = nullptr;
    for (arch::ListRegister& list : cpu_.lists) {
        if (list.state == State::pending && (best == nullptr || list.priority < best->priority)) {
            best = &list;
        }
    }
    const unsigned running = active_priorities_.empty() ? 0x100u : active_priorities_.back();
    if (best == nullptr || best->priority >= running) {
        return spurious;
    }
    best->state = State::active;
    active_priorities_.push_back(best->priority);
    return best->intid | u32{best->sender} << 10;
}

void VirtualCpu::end(u32 intid) {
    if (active_priorities_.empty()) {
        return;
    }
    active_priorities_.pop_back();
    for (arch::ListRegister& list : cpu_.lists) {
        const u32 name = list.intid | u32{list.sender} << 10;
        if (name != intid || list.state == State::inactive || list.state == State::pending) {
            continue;
        }
        list.state = list.state == State::active ? State::inactive : State::pending;
        if (list.host_intid != 0) {
            fake().deactivated.push_back(list.host_intid);
        }
        return;
    }
    ++cpu_.end_count;
}

}  // namespace isthmus::test

using isthmus::test::fake;

namespace isthmus::arch {

namespace {

/// The real drivers look at one window after the other, before the heap stands.
void look_at(HostRange registers) {
    const Result<HypAddress> at = test::own_map().map_device(registers);
    check(at && test::own_map().unmap_device(registers, *at), "a look at the controller");
}

}  // namespace

Result<void> find_interrupts(const InterruptController& controller,
                             void (*left)(void* context, HostRange table), void* context) {
    look_at(small_device(controller.distributor));
    for (const HostRange& range : controller.translators) {
        look_at(range);
    }
    for (const HostRange& range : controller.redistributors) {
        look_at(range);
    }
    for (const HostRange& table : fake().lpi_tables) {
        left(context, table);
    }
    const bool known = controller.version == 2 || controller.version == 3;
    return known ? Result<void>() : fail(Error::unsupported);
}
Result<void> init_interrupts(const InterruptController& controller) {
    ISTHMUS_TRY(test::own_map().map_device(controller.distributor));
    if (controller.version == 2) {
        ISTHMUS_TRY(test::own_map().map_device(controller.cpu_interface));
        ISTHMUS_TRY(test::own_map().map_device(controller.hypervisor_interface));
    }
    for (const HostRange& range : controller.redistributors) {
        ISTHMUS_TRY(test::own_map().map_device(range));
    }
    return {};
}
Result<void> init_cpu_interrupts() {
    return {};
}
void kick(usize cpu) {
    fake().now += fake().work_ticks;
    fake().kicks.push_back(cpu);
    fake().cpus[cpu].kicked = true;
}
void stop_other_cpus() {}
void prepare_interrupt(u32 intid, usize cpu, Trigger trigger) {
    fake().lines[intid] = {cpu, trigger == Trigger::edge, false};
}
void set_interrupt_trigger(u32 intid, Trigger trigger) {
    check(!fake().lines[intid].enabled, "the trigger of an enabled interrupt");
    fake().lines[intid].edge = trigger == Trigger::edge;
}
void route_interrupt(u32 intid, usize cpu) {
    fake().lines[intid].cpu = cpu;
}
void set_interrupt_enabled(u32 intid, bool enabled) {
    fake().lines[intid].enabled = enabled;
    if (enabled) {
        fake().enabled_interrupts.push_back(intid);
    }
}
void enable_private_interrupt(u32 intid) {
    fake().enabled_interrupts.push_back(intid);
}
void deactivate_interrupt(u32 intid) {
    fake().deactivated.push_back(intid);
}
void poll_interrupts() {}
bool is_interrupt_pending() {
    return fake().here().interrupt_pending;
}
void set_private_active(u32 intid, bool active) {
    if (active) {
        fake().here().private_active.insert(intid);
    } else {
        fake().here().private_active.erase(intid);
    }
}
bool is_line_up(u32 intid) {
    const auto line = fake().lines.find(intid);
    return line != fake().lines.end() ? line->second.is_up
                                      : !fake().here().fallen_lines.contains(intid);
}

unsigned list_register_count() {
    return fake().list_registers;
}
void write_list_register(unsigned index, ListRegister value) {
    check(index < fake().list_registers, "no such list register");
    for (unsigned other = 0; other < fake().list_registers; ++other) {
        // Two list registers with one INTID: the hardware may do anything (IHI 0069, 12.4.9).
        const ListRegister& held = fake().here().lists[other];
        check(other == index || held.intid != value.intid ||
                  held.state == ListRegister::State::inactive ||
                  value.state == ListRegister::State::inactive,
              "an interrupt in two list registers");
    }
    check(value.host_intid == 0 || value.state != ListRegister::State::pending_and_active,
          "pending and active with HW set");
    fake().here().lists[index] = value;
}
void clear_list_register(unsigned index) {
    fake().here().lists[index] = ListRegister{};
}
ListRegister read_list_register(unsigned index) {
    return fake().here().lists[index];
}
void write_pending(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                   bool end_signal) {
    ListRegister value;
    value.intid = static_cast<u16>(intid);
    value.host_intid = static_cast<u16>(host_intid);
    value.priority = priority;
    value.state = ListRegister::State::pending;
    value.end_signal = end_signal && host_intid == 0;
    value.group1 = group1;
    write_list_register(index, value);
}
bool write_pending_if_empty(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                            bool end_signal) {
    const bool is_empty = (empty_list_registers() & (u32{1} << index)) != 0;
    if (is_empty) {
        write_pending(index, intid, host_intid, priority, group1, end_signal);
    }
    return is_empty;
}
u32 empty_list_registers() {
    u32 empty = 0;
    for (unsigned index = 0; index < fake().list_registers; ++index) {
        const ListRegister& list = fake().here().lists[index];
        const bool is_empty = list.state == ListRegister::State::inactive &&
                              (list.host_intid != 0 || !list.end_signal);
        empty |= u32{is_empty} << index;
    }
    return empty;
}
void set_maintenance(Maintenance wanted) {
    fake().here().maintenance = wanted;
    fake().here().end_count = 0;
}
unsigned take_end_count() {
    return std::exchange(fake().here().end_count, 0u);
}

}  // namespace isthmus::arch
