// SPDX-License-Identifier: Apache-2.0
// From reset, or whatever firmware left, to an SMMU that aborts everything (Arm IHI 0070, 3.11).
#include "arch/arm64/smmu/smmuv3.hpp"

#include "isthmus/arch/host_map.hpp"

namespace isthmus::arch {

using namespace smmu;

namespace {

/// log2 of the entries of a queue: what the hardware has, and no more than a page holds.
template <class Entry>
constexpr unsigned queue_log2(u64 hardware) {
    unsigned page = 0;
    while ((sizeof(Entry) << (page + 1)) <= queue_bytes) {
        ++page;
    }
    return hardware < page ? static_cast<unsigned>(hardware) : page;
}
static_assert(queue_log2<Command>(31) == 8 && queue_log2<EventRecord>(31) == 7);

u64 queue_base(HostAddress base, QueueShape queue) {
    return queue_field::Allocate::of(1) | (base.raw() & queue_field::Addr::mask) |
           queue_field::Log2size::of(queue.log2);
}

void fill_aborting(HostAddress base, u64 entries) {
    auto* entry = host_object<StreamEntry>(base);
    for (u64 i = 0; i < entries; ++i) {
        entry[i] = abort_entry();
    }
}

}  // namespace

void Smmuv3::open(SmmuRegisters registers) {
    registers_ = registers;
    id_ = {registers_.read32(idr0), registers_.read32(idr1), registers_.read32(idr3),
           registers_.read32(idr5)};
}

bool Smmuv3::set_with_ack(u64 control, u64 ack, u32 value) const {
    registers_.write32(control, value);
    return wait_until([&] { return registers_.read32(ack) == value; });
}

bool Smmuv3::abort_while_off() const {
    const auto is_settled = [&] { return (registers_.read32(gbpa) & gbpa_field::update) == 0; };
    if (!wait_until(is_settled)) {
        return false;
    }
    registers_.write32(gbpa, registers_.read32(gbpa) | gbpa_field::abort | gbpa_field::update);
    return wait_until(is_settled) && (registers_.read32(gbpa) & gbpa_field::abort) != 0;
}

bool Smmuv3::turn_off() {
    is_running_ = false;
    // While tables are still in use GBPA does not count; once they are not, it must.
    const bool is_aborting = abort_while_off();
    const bool is_off = set_with_ack(cr0, cr0ack, 0) && set_with_ack(irq_ctrl, irq_ctrlack, 0);
    return is_aborting && is_off;
}

Result<void> Smmuv3::shut() {
    if (!turn_off()) {
        return fail(Error::denied);
    }
    return {};
}

void Smmuv3::set_up_memory(std::span<const StreamIds> streams, HostRange memory) {
    memory_ = memory;
    table_base_ = memory.start();
    HostAddress next = table_base_ + table_.base_bytes();
    if (table_.two_levels) {
        u64* descriptors = host_object<u64>(table_base_);
        for (u64 i = 0; i < table_.first_level_entries(); ++i) {
            descriptors[i] = 0;
            if (wants_level2(streams, i)) {
                fill_aborting(next, u64{1} << split);
                descriptors[i] = level1_descriptor(next);
                next += page_size;
            }
        }
    } else {
        fill_aborting(table_base_, table_.entries());
    }
    command_base_ = next;
    event_base_ = next + queue_bytes;
    commands_ = {queue_log2<Command>(idr1_field::Cmdqs::get(id_.idr1))};
    events_ = {queue_log2<EventRecord>(idr1_field::Eventqs::get(id_.idr1))};
    command_prod_ = 0;
    event_cons_ = 0;
}

/// Wires, no messages.
bool Smmuv3::enable_interrupts() const {
    if (idr0_field::Msi::get(id_.idr0) != 0) {
        registers_.write64(gerror_irq_cfg0, 0);
        registers_.write64(eventq_irq_cfg0, 0);
    }
    return set_with_ack(irq_ctrl, irq_ctrlack,
                        irq_ctrl_field::eventq_irqen | irq_ctrl_field::gerror_irqen);
}

bool Smmuv3::turn_on() {
    registers_.write32(cr1, static_cast<u32>(cr1_cached));
    registers_.write32(cr2, cr2_field::recinvsid);
    registers_.write64(strtab_base,
                       strtab_field::Ra::of(1) | (table_base_.raw() & strtab_field::Addr::mask));
    registers_.write32(strtab_base_cfg, table_.base_cfg());
    registers_.write64(cmdq_base, queue_base(command_base_, commands_));
    registers_.write32(cmdq_prod, 0);
    registers_.write32(cmdq_cons, 0);
    registers_.write64(eventq_base, queue_base(event_base_, events_));
    registers_.write32(eventq_prod, 0);
    registers_.write32(eventq_cons, 0);
    registers_.write32(gerrorn, registers_.read32(gerror));
    registers_.order();  // tables before what makes the SMMU read them
    u32 control = cr0_field::cmdqen;
    if (idr0_field::Ats::get(id_.idr0) != 0) {
        control |= cr0_field::atschk;
    }
    if (!set_with_ack(cr0, cr0ack, control) || !submit(cfgi_all())) {
        return false;
    }
    if (idr0_field::Hyp::get(id_.idr0) != 0 && !submit(tlbi_el2_all())) {
        return false;
    }
    control |= cr0_field::eventqen;
    if (!submit(tlbi_nsnh_all()) || !finish() || !set_with_ack(cr0, cr0ack, control) ||
        !enable_interrupts()) {
        return false;
    }
    return set_with_ack(cr0, cr0ack, control | cr0_field::smmuen);
}

Result<void> Smmuv3::start(std::span<const StreamIds> streams, HostRange memory) {
    const TableShape shape = table_shape(id_.idr0, streams);
    if (shape.bits > idr1_field::Sidsize::get(id_.idr1)) {
        return fail(Error::out_of_range);
    }
    if (is_running_ || memory.size() < memory_bytes(shape, streams) ||
        !memory.start().is_aligned(shape.base_bytes())) {
        return fail(Error::invalid_argument);
    }
    ISTHMUS_TRY(shut());
    table_ = shape;
    set_up_memory(streams, memory);
    if (!turn_on()) {
        return give_up();
    }
    is_running_ = true;
    return {};
}

}  // namespace isthmus::arch
