// SPDX-License-Identifier: Apache-2.0
// Where vectors.S arrives: each way out of a guest is decoded once and handed to core.
#include "arch/arm64/guest/guest_exit.hpp"
#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/cpu/this_cpu.hpp"
#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/guest/pstate.hpp"
#include "arch/arm64/guest/sysreg_emulation.hpp"
#include "core/domain/vcpu.hpp"
#include "core/entry_points.hpp"
#include "isthmus/arch/guest.hpp"

using namespace isthmus;
using namespace isthmus::arch;
using core::TrapResult;

namespace {

/// Where HPFAR_EL2 says nothing: what the guest's tables say now; after another vCPU has changed
/// them, perhaps an address that is none.
[[gnu::noinline, gnu::cold]] GuestAddress translated_fault_address() {
    return guest_translation(guest_fault_address()).value_or(GuestAddress(~u64{0}));
}

/// FAR_EL2 and HPFAR_EL2 together: the page from stage 2's fault, the offset from the access.
[[gnu::always_inline]] inline GuestAddress fault_address(DataAbort abort) {
    if (!abort.has_guest_page()) [[unlikely]] {
        return translated_fault_address();
    }
    const u64 page = (ISTHMUS_READ_SYSREG(hpfar_el2) & 0xfff'ffff'fff0) << 8;
    return GuestAddress(page | (ISTHMUS_READ_SYSREG(far_el2) & (page_size - 1)));
}

/// To the instruction itself, where it is undefined, and which HVC has left behind already.
[[gnu::noinline, gnu::cold]] void step_back(const core::Vcpu& vcpu) {
    ISTHMUS_WRITE_SYSREG(elr_el2, ISTHMUS_READ_SYSREG(elr_el2) - 4);
    ISTHMUS_WRITE_SYSREG(
        spsr_el2, pstate_in_front(ISTHMUS_READ_SYSREG(spsr_el2), vcpu.state.debug.machine_mdscr));
}

TrapResult handle_xen_call(core::Vcpu& vcpu, GuestRegisters& registers) {
    switch (core::serve_xen_call(vcpu, registers)) {
        case core::XenCall::blocked:
            return TrapResult::blocked;
        case core::XenCall::stopped:
            return TrapResult::stopped;
        case core::XenCall::again:
            step_back(vcpu);
            break;
        case core::XenCall::done:
            break;
    }
    return TrapResult::done;
}

TrapResult handle_hvc(core::Vcpu& vcpu, GuestRegisters& registers, u16 immediate) {
    if (immediate == core::xen_hypercall_immediate) {
        return handle_xen_call(vcpu, registers);
    }
    if (immediate != 0) {
        step_back(vcpu);
    }
    return core::handle_call(vcpu, registers, immediate);
}

[[gnu::always_inline]] inline TrapResult handle_trap(core::Vcpu& vcpu, GuestRegisters& registers,
                                                     Syndrome syndrome) {
    if (syndrome.exception_class() == ExceptionClass::data_abort_lower) [[likely]] {
        ++vcpu.exits.memory;
        return core::handle_memory_access(
            vcpu, registers, {fault_address(DataAbort{syndrome.raw}), DataAbort{syndrome.raw}});
    }
    switch (syndrome.exception_class()) {
        case ExceptionClass::sysreg:
            ++vcpu.exits.registers;
            return emulate_sysreg(vcpu, registers, SysregTrap{syndrome.raw});
        case ExceptionClass::hvc64:
            return handle_hvc(vcpu, registers, syndrome.immediate());
        case ExceptionClass::smc64:
            ++vcpu.exits.smc;
            return core::handle_call(vcpu, registers, syndrome.immediate());
        case ExceptionClass::wfx:
            ++vcpu.exits.other;
            return syndrome.is_wait_for_interrupt() ? core::wait_for_guest_interrupt(vcpu)
                                                    : TrapResult::done;
        case ExceptionClass::instruction_abort_lower:
            ++vcpu.exits.memory;
            return core::refuse_fetch(
                vcpu, {fault_address(DataAbort{syndrome.raw}), DataAbort{syndrome.raw}});
        default:
            ++vcpu.exits.other;
            return core::refuse_instruction(vcpu, "what it was not given, exception class",
                                            Syndrome::Ec::get(syndrome.raw));
    }
}

[[gnu::noinline, gnu::cold]] void move_pstate(u64 pstate) {
    ISTHMUS_WRITE_SYSREG(spsr_el2, pstate_behind(pstate));
}

/// HVC has moved PC already; everything else that was emulated is stepped over.
[[gnu::always_inline]] inline void step_over(Syndrome syndrome) {
    if (syndrome.exception_class() != ExceptionClass::hvc64) {
        const u64 next = ISTHMUS_READ_SYSREG(elr_el2) + syndrome.instruction_length();
        ISTHMUS_WRITE_SYSREG(elr_el2, next);
        const u64 pstate = ISTHMUS_READ_SYSREG(spsr_el2);
        if (moves_with_instruction(pstate)) [[unlikely]] {
            move_pstate(pstate);
        }
    }
}

}  // namespace

u64 isthmus_guest_hvc(GuestRegisters* registers, u64 esr) {
    return core::try_hypercall(*this_cpu().current, *registers, Syndrome{esr}.immediate());
}

u64 isthmus_guest_irq() {
    core::PerCpu& cpu = this_cpu();
    ++cpu.current->exits.interrupts;
    take_interrupt(cpu);
    return !cpu.leave_guest;
}

void isthmus_guest_sync(GuestRegisters* registers, u64 esr) {
    const Syndrome syndrome{esr};
    core::Vcpu& vcpu = *this_cpu().current;
    switch (handle_trap(vcpu, *registers, syndrome)) {
        case TrapResult::done:
            step_over(syndrome);
            return;
        case TrapResult::injected:
            return;
        case TrapResult::blocked:
            step_over(syndrome);
            vcpu.registers = *registers;
            core::schedule();
        case TrapResult::stopped:
            core::schedule();
    }
}

void isthmus_guest_serror(GuestRegisters*) {
    core::Vcpu& vcpu = *this_cpu().current;
    ++vcpu.exits.other;
    if (core::on_guest_serror(vcpu, ISTHMUS_READ_SYSREG(esr_el2)) == TrapResult::stopped) {
        core::schedule();
    }
}

void isthmus_guest_leave(GuestRegisters* registers) {
    this_cpu().current->registers = *registers;
    core::schedule();
}
