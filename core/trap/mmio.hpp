// SPDX-License-Identifier: Apache-2.0
// Emulated devices: a guest's access to their registers ends in one of these.
#pragma once

#include "arch/arm64/cpu/saved_registers.hpp"
#include "core/trap/trap.hpp"
#include "isthmus/result.hpp"

namespace isthmus::core {

struct Vcpu;

/// A range of registers. `model`: the state of the device that has it; `offset` from the range's
/// start; `size` 1, 2, 4 or 8, naturally aligned. An error makes the access an external abort in
/// the guest.
struct MmioDevice {
    GuestRange range;
    Result<u64> (*read)(void* model, Vcpu& vcpu, u64 offset, unsigned size) = nullptr;
    Result<void> (*write)(void* model, Vcpu& vcpu, u64 offset, unsigned size, u64 value) = nullptr;
    void* model = nullptr;
};

/// One whose registers are read by `Read(model, vcpu, offset, size)` and written by
/// `Write(model, vcpu, offset, size, value)`. `model` outlives it.
template <auto Read, auto Write, class Model>
MmioDevice mmio_device(GuestRange range, Model& model) {
    return {range,
            [](void* any, Vcpu& vcpu, u64 offset, unsigned size) -> Result<u64> {
                return Read(*static_cast<Model*>(any), vcpu, offset, size);
            },
            [](void* any, Vcpu& vcpu, u64 offset, unsigned size, u64 value) -> Result<void> {
                return Write(*static_cast<Model*>(any), vcpu, offset, size, value);
            },
            &model};
}

/// What a load of `size` bytes puts into its register: cut to that size, extended as the
/// instruction says, to 64 bits or to 32.
inline u64 extend_loaded(u64 value, unsigned size, bool sign_extend, bool to_64) {
    const unsigned bits = size * 8;
    if (bits == 64) {
        return value;
    }
    value &= (u64{1} << bits) - 1;
    if (sign_extend) {
        const u64 sign = u64{1} << (bits - 1);
        value = (value ^ sign) - sign;
        value = to_64 ? value : value & 0xffff'ffff;
    }
    return value;
}

/// Emulates, explains away, or turns into an exception in the guest. On the vCPU's CPU, with all
/// its registers in the frame.
TrapResult handle_memory_access(Vcpu& vcpu, arch::GuestRegisters& registers, MemoryAccess access);

}  // namespace isthmus::core
