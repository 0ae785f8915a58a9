// SPDX-License-Identifier: Apache-2.0
// The machine's SMMUs, each behind its lock.
#include "arch/arm64/guest/world_switch.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/smmu/audit.hpp"
#include "arch/arm64/smmu/smmuv3.hpp"
#include "arch/arm64/smmu/support.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::arch {
namespace {

struct Unit {
    SpinLock lock;
    Smmuv3 smmu ISTHMUS_GUARDED_BY(lock);
    bool is_mapped ISTHMUS_GUARDED_BY(lock) = false;
    bool is_coherent ISTHMUS_GUARDED_BY(lock) = false;
    HostAddress memory_end ISTHMUS_GUARDED_BY(lock);

    /// For tables as they would be made now.
    SmmuSupport support() const ISTHMUS_REQUIRES(lock) {
        return smmu::support(smmu.id(), {.vtcr = make_guest_control(0, HostAddress()).vtcr,
                                         .forces_write_back = forces_write_back(),
                                         .is_coherent = is_coherent,
                                         .memory_end = memory_end});
    }
};
constinit Unit units[limits::smmus];

bool has_overrides(const smmu::IdRegisters& id) {
    return smmu::idr1_field::AttrTypesOvr::get(id.idr1) != 0;
}

}  // namespace

Result<SmmuSupport> probe_smmu(usize index, const SmmuDescription& description) {
    if (index >= limits::smmus || description.registers.size() < smmu::register_bytes) {
        return fail(Error::out_of_range);
    }
    const HypAddress registers = ISTHMUS_TRY(map_small_device(description.registers));
    Unit& unit = units[index];
    const LockGuard guard(unit.lock);
    unit.smmu.open(SmmuRegisters(registers));
    unit.is_mapped = true;
    unit.is_coherent = description.is_coherent;
    unit.memory_end = description.memory_end;
    return unit.support();
}

SmmuSupport smmu_support(usize index) {
    const LockGuard guard(units[index].lock);
    return units[index].support();
}

u64 smmu_memory_bytes(usize index, std::span<const StreamIds> streams) {
    const LockGuard guard(units[index].lock);
    return smmu::memory_bytes(smmu::table_shape(units[index].smmu.id().idr0, streams), streams);
}

Result<void> init_smmu(usize index, std::span<const StreamIds> streams, HostRange memory) {
    Unit& unit = units[index];
    const LockGuard guard(unit.lock);
    if (!unit.is_mapped || unit.support() != SmmuSupport::usable) {
        return fail(Error::unsupported);
    }
    return unit.smmu.start(streams, memory);
}

Result<void> shut_smmu(usize index) {
    Unit& unit = units[index];
    const LockGuard guard(unit.lock);
    if (!unit.is_mapped) {
        return fail(Error::not_found);
    }
    return unit.smmu.shut();
}

Result<void> attach_streams(usize index, StreamIds streams, const GuestControl& control) {
    const LockGuard guard(units[index].lock);
    Smmuv3& smmu = units[index].smmu;
    return smmu.attach(streams, {.vttbr = control.vttbr,
                                 .vtcr = control.vtcr,
                                 .forces_write_back = forces_write_back(),
                                 .overrides = has_overrides(smmu.id())});
}

Result<void> detach_streams(usize index, StreamIds streams) {
    const LockGuard guard(units[index].lock);
    return units[index].smmu.detach(streams);
}

Result<void> invalidate_dma(u64 vttbr) {
    const u16 vmid = static_cast<u16>(smmu::vttbr::Vmid::get(vttbr));
    Result<void> result;
    for (Unit& unit : units) {
        const LockGuard guard(unit.lock);
        if (unit.smmu.is_running()) {
            const Result<void> done = unit.smmu.invalidate(vmid);
            result = done ? result : done;
        }
    }
    return result;
}

u64 audit_streams(usize index, std::span<const PlannedStreams> plan,
                  void (*differs)(void* context, const StreamDifference& difference),
                  void* context) {
    smmu::TableRegisters registers;
    {
        Unit& unit = units[index];
        const LockGuard guard(unit.lock);
        if (unit.smmu.is_running()) {
            registers = unit.smmu.read_back();
        }
    }
    if (registers.memory.empty()) {
        differs(context, {.expected = smmu::cr0_field::smmuen, .found = registers.cr0ack});
        return 0;
    }
    return smmu::audit_table(
        registers,
        {.forces_write_back = forces_write_back(), .overrides = has_overrides(registers.id)}, plan,
        differs, context);
}

DmaEvents take_dma_events(usize index, void (*visit)(void* context, const DmaFault& fault),
                          void* context) {
    DmaEvents events;
    Unit& unit = units[index];
    u32 most = 1;
    while (events.faults < most) {
        std::optional<smmu::EventRecord> record;
        {
            const LockGuard guard(unit.lock);
            if (!unit.smmu.is_running()) {
                return events;
            }
            most = unit.smmu.event_entries();
            events.errors |= unit.smmu.take_errors();
            record = unit.smmu.take_event(events.were_lost);
        }
        if (!record) {
            return events;
        }
        visit(context, smmu::decode(*record));
        ++events.faults;
    }
    events.has_more = true;
    return events;
}

}  // namespace isthmus::arch
