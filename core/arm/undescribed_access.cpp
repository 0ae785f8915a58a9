// SPDX-License-Identifier: Apache-2.0
#include "core/arm/undescribed_access.hpp"

#include "arch/arm64/guest/load_store.hpp"
#include "core/arm/guest_instruction.hpp"
#include "core/arm/violation.hpp"
#include "core/domain/domain.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::core {
namespace {

using arch::AccessForm;
using arch::FaultStatus;
using arch::LoadStore;

/// The word at the guest's PC. Errors: not_mapped, denied.
Result<u32> read_instruction(const Domain& domain) {
    return arch::guest_runs_a64() ? read_guest_instruction(domain, arch::guest_pc())
                                  : fail(Error::denied);
}

struct Refusal {
    const char* why = nullptr;
    FaultStatus status = FaultStatus::external_abort;
};

/// What stands against the form; nothing against general registers.
Refusal against(AccessForm form) {
    switch (form) {
        case AccessForm::general:
            return {};
        case AccessForm::exclusive:
            return {"an exclusive access to a device", FaultStatus::unsupported_exclusive};
        case AccessForm::atomic:
            return {"an atomic access to a device", FaultStatus::unsupported_exclusive};
        case AccessForm::vector:
            return {"SIMD registers are not emulated"};
        case AccessForm::zero_block:
            return {"DC ZVA of a device", FaultStatus::alignment};
        case AccessForm::unpredictable:
            return {"its registers contradict each other"};
        case AccessForm::none:
            break;
    }
    return {"not an access that is known"};
}

/// What stands against this access to the device by this instruction.
Refusal against(MemoryAccess access, const LoadStore& decoded, u64 address) {
    if (decoded.form != AccessForm::general) {
        return against(decoded.form);
    }
    if (decoded.is_store != access.abort.is_write() || address != arch::guest_fault_address()) {
        return {"not what its instruction says"};
    }
    if (!is_aligned(address, decoded.size)) {
        return {"unaligned", FaultStatus::alignment};
    }
    const u64 in_page = address & (page_size - 1);
    if (in_page + u64{decoded.size} * decoded.count > page_size) {
        return {"a pair across a page's end"};
    }
    return {};
}

/// All of a pair's loads succeed before a register changes.
bool load(Vcpu& vcpu, arch::GuestRegisters& registers, const MmioDevice& device, u64 offset,
          const LoadStore& decoded) {
    const Result<u64> first = device.read(device.model, vcpu, offset, decoded.size);
    const Result<u64> second =
        decoded.count == 2 && first
            ? device.read(device.model, vcpu, offset + decoded.size, decoded.size)
            : first;
    if (!first || !second) {
        return false;
    }
    registers.write(decoded.first,
                    extend_loaded(*first, decoded.size, decoded.sign_extend, decoded.to_64));
    if (decoded.count == 2) {
        registers.write(decoded.second,
                        extend_loaded(*second, decoded.size, decoded.sign_extend, decoded.to_64));
    }
    return true;
}

bool store(Vcpu& vcpu, const arch::GuestRegisters& registers, const MmioDevice& device, u64 offset,
           const LoadStore& decoded) {
    const u64 first = registers.read(decoded.first);
    const u64 second = registers.read(decoded.second);
    return device.write(device.model, vcpu, offset, decoded.size, first) &&
           (decoded.count == 1 ||
            device.write(device.model, vcpu, offset + decoded.size, decoded.size, second));
}

void move_base(arch::GuestRegisters& registers, const LoadStore& decoded, u64 base) {
    const u64 moved = base + static_cast<u64>(decoded.step);
    if (decoded.base == 31) {
        arch::set_guest_stack_pointer(moved);
    } else {
        registers.write(decoded.base, moved);
    }
}

}  // namespace

TrapResult emulate_undescribed(Vcpu& vcpu, arch::GuestRegisters& registers,
                               const MmioDevice& device, MemoryAccess access) {
    const Result<u32> instruction = read_instruction(*vcpu.domain);
    if (!instruction) {
        return refuse_access(vcpu, access, "its instruction cannot be read");
    }
    const LoadStore decoded = arch::decode_load_store(*instruction);
    const u64 base =
        arch::base_value(decoded, registers, arch::guest_stack_pointer(), arch::guest_pc());
    const u64 address = arch::access_address(decoded, registers, base);
    if (const Refusal refusal = against(access, decoded, address); refusal.why != nullptr) {
        return refuse_access(vcpu, access, refusal.why, refusal.status);
    }
    const u64 offset = access.address - device.range.start();
    const bool done = decoded.is_store ? store(vcpu, registers, device, offset, decoded)
                                       : load(vcpu, registers, device, offset, decoded);
    if (!done) {
        return refuse_access(vcpu, access, "no such register");
    }
    if (decoded.write_back) {
        move_base(registers, decoded, base);
    }
    return TrapResult::done;
}

}  // namespace isthmus::core
