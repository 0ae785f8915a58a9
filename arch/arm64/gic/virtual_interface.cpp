// SPDX-License-Identifier: Apache-2.0
// The list registers of the vCPU that runs here, and what of the interface moves with a vCPU, for
// either version of the machine's controller. On the short paths: one well predicted branch each.
#include "arch/arm64/gic/virtual_interface.hpp"
#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/gic/gicv2_lists.hpp"
#include "arch/arm64/gic/gicv3_lists.hpp"
#include "isthmus/arch/list_registers.hpp"

namespace isthmus::arch {
namespace {

/// Out of line: the other version's way is the shorter for it.
[[gnu::noinline]] bool write_pending_if_empty_v2(unsigned index, u32 intid, u32 host_intid,
                                                 u8 priority, bool group1, bool end_signal) {
    const bool is_empty = (Gicv2Lists::empty() & (u32{1} << index)) != 0;
    if (is_empty) {
        write_pending(index, intid, host_intid, priority, group1, end_signal);
    }
    return is_empty;
}

}  // namespace

unsigned list_register_count() {
    return has_gicv2 ? Gicv2Lists::count() : Gicv3Lists::count();
}

void write_list_register(unsigned index, ListRegister value) {
    if (has_gicv2) [[unlikely]] {
        Gicv2Lists::write(index, gich::encode(value));
    } else {
        Gicv3Lists::write(index, ich::encode(value));
    }
}

void write_pending(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                   bool end_signal) {
    if (has_gicv2) [[unlikely]] {
        write_list_register(index, {.intid = static_cast<u16>(intid),
                                    .host_intid = static_cast<u16>(host_intid),
                                    .priority = priority,
                                    .state = ListRegister::State::pending,
                                    .end_signal = end_signal,
                                    .group1 = group1});
    } else {
        Gicv3Lists::write(index,
                          ich::encode_pending(intid, host_intid, priority, group1, end_signal));
    }
}

bool write_pending_if_empty(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                            bool end_signal) {
    if (has_gicv2) [[unlikely]] {
        return write_pending_if_empty_v2(index, intid, host_intid, priority, group1, end_signal);
    }
    if ((Gicv3Lists::empty() & (u32{1} << index)) == 0) {
        return false;
    }
    Gicv3Lists::write(index, ich::encode_pending(intid, host_intid, priority, group1, end_signal));
    return true;
}

void clear_list_register(unsigned index) {
    if (has_gicv2) [[unlikely]] {
        Gicv2Lists::write(index, 0);
    } else {
        Gicv3Lists::write(index, 0);
    }
}

ListRegister read_list_register(unsigned index) {
    return has_gicv2 ? gich::decode(Gicv2Lists::read(index)) : ich::decode(Gicv3Lists::read(index));
}

u32 empty_list_registers() {
    if (has_gicv2) [[unlikely]] {
        return Gicv2Lists::empty();
    }
    isb();
    return Gicv3Lists::empty();
}

void set_maintenance(Maintenance wanted) {
    if (has_gicv2) [[unlikely]] {
        Gicv2Lists::set_maintenance(wanted);
    } else {
        Gicv3Lists::set_maintenance(wanted);
    }
}

unsigned take_end_count() {
    return has_gicv2 ? Gicv2Lists::take_end_count() : Gicv3Lists::take_end_count();
}

void load_gic_cpu(const VcpuState& state) {
    if (has_gicv2) {
        Gicv2Lists::load(state);
    } else {
        Gicv3Lists::load(state);
    }
}

void save_gic_cpu(VcpuState& state) {
    if (has_gicv2) {
        Gicv2Lists::save(state);
    } else {
        Gicv3Lists::save(state);
    }
}

}  // namespace isthmus::arch
