// SPDX-License-Identifier: Apache-2.0
#include "tests/model/vgic/machine.hpp"

#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"

#include <utility>

namespace isthmus::model::vgic {

Machine machine;

}  // namespace isthmus::model::vgic

namespace isthmus::arch {

using namespace model::vgic;

usize cpu_index() {
    return machine.here;
}
void relax() {}
void kick(usize cpu) {
    machine.cpus[cpu].kicked = true;
}
void set_private_active(u32 intid, bool active) {
    if (intid != timer) {
        machine.misuse = "a private line that there is not";
    }
    machine.cpu().timer_active = active;
}
void deactivate_interrupt(u32 intid) {
    bool& active = intid == timer ? machine.cpu().timer_active : machine.shared_line.active;
    if (!active) {
        machine.misuse = "deactivates what is not active in the machine, or another CPU's";
    }
    active = false;
}
bool is_line_up(u32 intid) {
    if (intid == shared) {
        return machine.shared_line.up;
    }
    const i32 running = machine.running[machine.here];
    return running >= 0 && machine.timer_up[running];
}
void route_interrupt(u32, usize cpu) {
    machine.shared_line.cpu = static_cast<u8>(cpu);
}
void set_interrupt_enabled(u32, bool enabled) {
    machine.shared_line.enabled = enabled;
}
void set_interrupt_trigger(u32, Trigger) {}

unsigned list_register_count() {
    return 1;
}
void write_list_register(unsigned, ListRegister value) {
    if (value.host_intid != 0 && value.state == ListRegister::State::pending_and_active) {
        machine.misuse = "pending and active with HW set";
    }
    machine.cpu().list = value;
}
void clear_list_register(unsigned) {
    machine.cpu().list = ListRegister{};
}
ListRegister read_list_register(unsigned) {
    return machine.cpu().list;
}
void write_pending(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                   bool end_signal) {
    write_list_register(index, {.intid = static_cast<u16>(intid),
                                .host_intid = static_cast<u16>(host_intid),
                                .priority = priority,
                                .state = ListRegister::State::pending,
                                .end_signal = end_signal && host_intid == 0,
                                .group1 = group1});
}
bool write_pending_if_empty(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                            bool end_signal) {
    if (empty_list_registers() == 0) {
        return false;
    }
    write_pending(index, intid, host_intid, priority, group1, end_signal);
    return true;
}
u32 empty_list_registers() {
    const ListRegister& list = machine.cpu().list;
    return list.state == ListRegister::State::inactive && !list.end_signal ? 1 : 0;
}
void set_maintenance(Maintenance wanted) {
    machine.cpu().maintenance = wanted;
    machine.cpu().end_count = 0;
}
unsigned take_end_count() {
    return std::exchange(machine.cpu().end_count, u8{0});
}

}  // namespace isthmus::arch
