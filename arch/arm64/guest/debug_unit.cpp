// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/guest/debug_unit.hpp"

#include <bit>

#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/guest/inject.hpp"
#include "arch/arm64/guest/pstate.hpp"
#include "core/arm/violation.hpp"

namespace isthmus::arch {
namespace {

/// Registers are named in the instruction: USE for each number that there may be.
#define ISTHMUS_DEBUG_NUMBERS(USE) \
    USE(0)                         \
    USE(1)                         \
    USE(2)                         \
    USE(3)                         \
    USE(4)                         \
    USE(5)                         \
    USE(6)                         \
    USE(7)                         \
    USE(8)                         \
    USE(9)                         \
    USE(10)                        \
    USE(11)                        \
    USE(12)                        \
    USE(13)                        \
    USE(14)                        \
    USE(15)

void write_breakpoint(unsigned number, u64 value, u64 control) {
    switch (number) {
#define USE(n)                                          \
    case n:                                             \
        ISTHMUS_WRITE_SYSREG(dbgbvr##n##_el1, value);   \
        ISTHMUS_WRITE_SYSREG(dbgbcr##n##_el1, control); \
        break;
        ISTHMUS_DEBUG_NUMBERS(USE)
#undef USE
        default:
            break;
    }
}

void write_watchpoint(unsigned number, u64 value, u64 control) {
    switch (number) {
#define USE(n)                                          \
    case n:                                             \
        ISTHMUS_WRITE_SYSREG(dbgwvr##n##_el1, value);   \
        ISTHMUS_WRITE_SYSREG(dbgwcr##n##_el1, control); \
        break;
        ISTHMUS_DEBUG_NUMBERS(USE)
#undef USE
        default:
            break;
    }
}

/// `action(number)` for each bit that is set.
template <class Action>
void for_each(u16 numbers, Action&& action) {
    for (unsigned left = numbers; left != 0; left &= left - 1) {
        action(static_cast<unsigned>(std::countr_zero(left)));
    }
}

DebugUnit this_unit() {
    return DebugUnit::of(ISTHMUS_READ_SYSREG(id_aa64dfr0_el1));
}

/// EL0 has the communications channel's registers unless MDSCR_EL1.TDCC says no: a trap to EL1.
bool is_for_el1(const core::Vcpu& vcpu) {
    return runs_at_el0(ISTHMUS_READ_SYSREG(spsr_el2)) &&
           (vcpu.state.debug.mdscr & mdscr::tdcc) != 0;
}

/// What the machine holds of the old image is gone before the new one comes.
void change(DebugState& state, DebugRegister which, u64 value) {
    if (state.machine_mdscr != 0) {
        take_debug_unit_back(state);
    }
    write_debug(state, which, value, this_unit());
    if (state.machine_mdscr != 0) {
        lend_debug_unit(state);
    }
}

}  // namespace

void init_debug_unit() {
    ISTHMUS_WRITE_SYSREG(oslar_el1, 0);
    ISTHMUS_WRITE_SYSREG(osdlr_el1, 0);
    ISTHMUS_WRITE_SYSREG(mdscr_el1, 0);
    const DebugUnit unit = this_unit();
    for (unsigned number = 0; number < unit.breakpoints; ++number) {
        write_breakpoint(number, 0, 0);
    }
    for (unsigned number = 0; number < unit.watchpoints; ++number) {
        write_watchpoint(number, 0, 0);
    }
    isb();
}

void lend_debug_unit(const DebugState& state) {
    if (state.uses_pairs()) {
        for_each(state.live_breakpoints, [&](unsigned number) {
            const DebugPair& pair = state.breakpoints[number];
            write_breakpoint(number, pair.value, machine_breakpoint_control(pair.control));
        });
        for_each(state.live_watchpoints, [&](unsigned number) {
            const DebugPair& pair = state.watchpoints[number];
            write_watchpoint(number, pair.value, machine_watchpoint_control(pair.control));
        });
    }
    ISTHMUS_WRITE_SYSREG(mdscr_el1, state.machine_mdscr);
}

void take_debug_unit_back(const DebugState& state) {
    ISTHMUS_WRITE_SYSREG(mdscr_el1, 0);
    if (state.uses_pairs()) {
        for_each(state.live_breakpoints, [](unsigned number) { write_breakpoint(number, 0, 0); });
        for_each(state.live_watchpoints, [](unsigned number) { write_watchpoint(number, 0, 0); });
    }
}

core::TrapResult emulate_debug_register(core::Vcpu& vcpu, GuestRegisters& registers,
                                        SysregTrap trap) {
    const DebugRegister which = debug_register(trap.id(), trap.is_read(), this_unit());
    if (which.kind == DebugRegister::Kind::none) {
        return core::refuse_instruction(vcpu, "a system register it was not given, encoding",
                                        trap.id());
    }
    if (is_for_el1(vcpu)) {
        inject_same_syndrome();
        return core::TrapResult::injected;
    }
    if (trap.is_read()) {
        registers.write(trap.transfer_register(), read_debug(vcpu.state.debug, which));
    } else {
        change(vcpu.state.debug, which, registers.read(trap.transfer_register()));
    }
    return core::TrapResult::done;
}

}  // namespace isthmus::arch
