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
    if (!is_aligned(offset, access.size)) {
        return refuse_access(vcpu, access, "unaligned");
    }
    if (access.write) {
        const u64 value = registers.read(access.transfer_register);
        if (!device.write(vcpu, offset, access.size, value)) {
            return refuse_access(vcpu, access, "no such register");
        }
    } else {
        const Result<u64> value = device.read(vcpu, offset, access.size);
        if (!value) {
            return refuse_access(vcpu, access, "no such register");
        }
        registers.write(access.transfer_register, extend_loaded(*value, access));
    }
    return TrapResult::done;
}

}  // namespace

u64 extend_loaded(u64 value, const MemoryAccess& access) {
    const unsigned bits = access.size * 8u;
    if (bits < 64) {
        value &= (u64{1} << bits) - 1;
        const u64 sign = u64{1} << (bits - 1);
        if (access.sign_extend && (value & sign) != 0) {
            value |= ~(sign - 1);
        }
    }
    return access.is_64_bit ? value : value & 0xffff'ffff;
}

TrapResult handle_memory_access(Vcpu& vcpu, arch::GuestRegisters& registers,
                                const MemoryAccess& access) {
    if (access.cache_maintenance && access.permission) {
        // Cleaning or invalidating a page that is only for reading changes nothing that others
        // see; the CPU reports it as a write.
        return TrapResult::done;
    }
    const MmioDevice* device = find_device(*vcpu.domain, access.address);
    if (device == nullptr || access.table_walk || access.cache_maintenance) {
        return refuse_access(vcpu, access, device == nullptr ? "nothing there" : device->name);
    }
    if (!access.decoded) {
        return refuse_access(vcpu, access, "an instruction that the CPU does not decode");
    }
    return access_device(vcpu, registers, *device, access);
}

}  // namespace isthmus::core
