// SPDX-License-Identifier: Apache-2.0
#include "core/mmio.hpp"

#include "core/domain.hpp"
#include "core/violation.hpp"

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
                         const MemoryAccess& access) {
    const u64 offset = access.address - device.range.start();
    const unsigned size = access.abort.access_size();
    u64* const transfer = registers.slot(access.abort.transfer_register());
    if (!is_aligned(offset, size)) [[unlikely]] {
        return refuse_access(vcpu, access, "unaligned");
    }
    if (access.abort.is_write()) {
        if (!device.write(vcpu, offset, size, transfer == nullptr ? 0 : *transfer)) [[unlikely]] {
            return refuse_access(vcpu, access, "no such register");
        }
        return TrapResult::done;
    }
    const Result<u64> value = device.read(vcpu, offset, size);
    if (!value) [[unlikely]] {
        return refuse_access(vcpu, access, "no such register");
    }
    if (transfer != nullptr) {
        *transfer = extend_loaded(*value, access.abort);
    }
    return TrapResult::done;
}

/// Accesses that no device answers.
TrapResult explain(Vcpu& vcpu, const MmioDevice* device, const MemoryAccess& access) {
    if (access.abort.is_cache_maintenance() && access.abort.is_permission_fault()) {
        // Cleaning or invalidating a page that is only for reading changes nothing that others
        // see; the CPU reports it as a write.
        return TrapResult::done;
    }
    if (device == nullptr) {
        return refuse_access(vcpu, access, "nothing there");
    }
    return refuse_access(vcpu, access, "a device, and no plain load or store");
}

}  // namespace

u64 extend_loaded(u64 value, arch::DataAbort abort) {
    const unsigned bits = abort.access_size() * 8u;
    if (bits == 64) {
        return value;
    }
    value &= (u64{1} << bits) - 1;
    if (abort.sign_extend()) {
        const u64 sign = u64{1} << (bits - 1);
        value = (value ^ sign) - sign;
        value = abort.is_64_bit() ? value : value & 0xffff'ffff;
    }
    return value;
}

TrapResult handle_memory_access(Vcpu& vcpu, arch::GuestRegisters& registers,
                                const MemoryAccess& access) {
    const MmioDevice* device = find_device(*vcpu.domain, access.address);
    if (device != nullptr && access.is_plain()) [[likely]] {
        return access_device(vcpu, registers, *device, access);
    }
    return explain(vcpu, device, access);
}

}  // namespace isthmus::core
