// SPDX-License-Identifier: Apache-2.0
#include "core/trap/mmio.hpp"

#include "core/arm/undescribed_access.hpp"
#include "core/arm/violation.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core {
namespace {

const MmioDevice* find_device(const Domain& domain, GuestAddress address) {
    for (const MmioDevice& device : domain.devices) {
        if (device.range.contains(address)) {
            return &device;
        }
    }
    return nullptr;
}

TrapResult access_device(Vcpu& vcpu, arch::GuestRegisters& registers, const MmioDevice& device,
                         MemoryAccess access) {
    const u64 offset = access.address - device.range.start();
    const unsigned size = access.abort.access_size();
    u64* const transfer = registers.slot(access.abort.transfer_register());
    if (!is_aligned(offset, size)) [[unlikely]] {
        return refuse_access(vcpu, access, "unaligned", arch::FaultStatus::alignment);
    }
    if (access.abort.is_write()) {
        if (!device.write(device.model, vcpu, offset, size, transfer == nullptr ? 0 : *transfer))
            [[unlikely]] {
            return refuse_access(vcpu, access, "no such register");
        }
        return TrapResult::done;
    }
    const Result<u64> value = device.read(device.model, vcpu, offset, size);
    if (!value) [[unlikely]] {
        return refuse_access(vcpu, access, "no such register");
    }
    if (transfer != nullptr) {
        *transfer =
            extend_loaded(*value, size, access.abort.sign_extend(), access.abort.is_64_bit());
    }
    return TrapResult::done;
}

/// All but plain accesses to a device.
TrapResult explain(Vcpu& vcpu, arch::GuestRegisters& registers, const MmioDevice* device,
                   MemoryAccess access) {
    const arch::DataAbort abort = access.abort;
    if (abort.is_cache_maintenance() && !abort.on_table_walk() &&
        (abort.is_permission_fault() || device != nullptr)) {
        // Cleaning or invalidating a page that is only for reading changes nothing that others
        // see; the CPU reports it as a write. Devices are in no cache.
        return TrapResult::done;
    }
    if (device == nullptr || !abort.is_translation_fault()) {
        return refuse_access(vcpu, access, "nothing there");
    }
    if (abort.on_table_walk()) {
        return refuse_access(vcpu, access, "a device holds no tables");
    }
    return emulate_undescribed(vcpu, registers, *device, access);
}

}  // namespace

TrapResult handle_memory_access(Vcpu& vcpu, arch::GuestRegisters& registers, MemoryAccess access) {
    const MmioDevice* device = find_device(*vcpu.domain, access.address);
    if (device != nullptr && access.is_plain()) [[likely]] {
        return access_device(vcpu, registers, *device, access);
    }
    return explain(vcpu, registers, device, access);
}

}  // namespace isthmus::core
