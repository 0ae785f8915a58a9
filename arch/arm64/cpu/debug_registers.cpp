// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/debug_registers.hpp"

namespace isthmus::arch {
namespace {

using Kind = DebugRegister::Kind;

constexpr u64 os_lock_implemented = bit(3);  // OSLSR_EL1.OSLM
constexpr u64 os_lock_locked = bit(1);
constexpr u64 all_claims = 0xff;

struct Named {
    u32 id;
    Kind kind;
    bool readable;
    bool writable;
};

/// Arm ARM, table D18-1. Communications channel, exception catch, ROM address, power and
/// authentication are an external debugger's.
constexpr Named named[] = {
    {sysreg_id(2, 0, 0, 2, 2), Kind::mdscr, true, true},
    {sysreg_id(2, 0, 1, 0, 4), Kind::os_lock, false, true},
    {sysreg_id(2, 0, 1, 1, 4), Kind::os_lock_status, true, false},
    {sysreg_id(2, 0, 1, 3, 4), Kind::double_lock, true, true},
    {sysreg_id(2, 0, 7, 8, 6), Kind::claim_set, true, true},
    {sysreg_id(2, 0, 7, 9, 6), Kind::claim_clear, true, true},
    {sysreg_id(2, 0, 0, 0, 2), Kind::ignored, true, true},    // OSDTRRX_EL1
    {sysreg_id(2, 0, 0, 2, 0), Kind::ignored, true, true},    // MDCCINT_EL1
    {sysreg_id(2, 0, 0, 3, 2), Kind::ignored, true, true},    // OSDTRTX_EL1
    {sysreg_id(2, 0, 0, 6, 2), Kind::ignored, true, true},    // OSECCR_EL1
    {sysreg_id(2, 0, 1, 0, 0), Kind::ignored, true, false},   // MDRAR_EL1
    {sysreg_id(2, 0, 1, 4, 4), Kind::ignored, true, true},    // DBGPRCR_EL1
    {sysreg_id(2, 0, 7, 14, 6), Kind::ignored, true, false},  // DBGAUTHSTATUS_EL1
    {sysreg_id(2, 3, 0, 1, 0), Kind::ignored, true, false},   // MDCCSR_EL0
    {sysreg_id(2, 3, 0, 4, 0), Kind::ignored, true, true},    // DBGDTR_EL0
    {sysreg_id(2, 3, 0, 5, 0), Kind::ignored, true, true},    // DBGDTRRX_EL0, DBGDTRTX_EL0
};

/// Op2 4 to 7 of op0 2, op1 0, CRn 0: value and control of breakpoint CRm, then of watchpoint CRm.
DebugRegister pair_register(u32 id, DebugUnit unit) {
    const u64 op2 = SysregTrap::Op2::get(id);
    const auto number = static_cast<u8>(SysregTrap::Crm::get(id));
    const bool is_breakpoint = op2 < 6;
    if (op2 < 4 || id != sysreg_id(2, 0, 0, number, op2) ||
        number >= (is_breakpoint ? unit.breakpoints : unit.watchpoints)) {
        return {};
    }
    return {is_breakpoint ? Kind::breakpoint : Kind::watchpoint, (op2 & 1) != 0, number};
}

/// Without those fields that name more than EL1 and EL0; 0 when nothing is left to match.
u64 machine_control(u64 control) {
    using namespace debug_control;
    // HMC 0, SSC 0 or 1 name EL1 and EL0 alone. HMC 1 adds EL2; or, with other SSC, is EL2 alone.
    const bool names_own =
        Ssc::get(control) <= 1 && (Hmc::get(control) == 0 || (Privilege::get(control) & 1) != 0);
    const bool on = Enable::get(control) != 0 && names_own;
    return on ? control & ~(Hmc::mask | Ssc::mask) : 0;
}

void set_live(u16& live, unsigned number, u64 machine_word) {
    const u16 own = static_cast<u16>(1U << number);
    live = static_cast<u16>(machine_word != 0 ? live | own : live & ~own);
}

void write_pair(DebugState& state, DebugRegister which, u64 value) {
    const bool is_breakpoint = which.kind == Kind::breakpoint;
    DebugPair& pair = (is_breakpoint ? state.breakpoints : state.watchpoints)[which.number];
    if (!which.is_control) {
        pair.value = is_breakpoint ? value : value & ~u64{3};
    } else if (is_breakpoint) {
        pair.control = value & debug_control::breakpoint_kept;
        set_live(state.live_breakpoints, which.number, machine_breakpoint_control(pair.control));
    } else {
        pair.control = value & debug_control::watchpoint_kept;
        set_live(state.live_watchpoints, which.number, machine_watchpoint_control(pair.control));
    }
}

/// Either lock holds back all debug exceptions but BRK's, and so does having asked for none.
u64 machine_mdscr(const DebugState& state) {
    const bool steps = (state.mdscr & mdscr::ss) != 0;
    const bool compares =
        (state.mdscr & mdscr::mde) != 0 && (state.live_breakpoints | state.live_watchpoints) != 0;
    return (steps || compares) && !state.os_lock && !state.double_lock ? state.mdscr : 0;
}

}  // namespace

DebugRegister debug_register(u32 id, bool is_read, DebugUnit unit) {
    for (const Named& each : named) {
        if (each.id == id) {
            const bool there = is_read ? each.readable : each.writable;
            return {there ? each.kind : Kind::none, false, 0};
        }
    }
    return pair_register(id, unit);
}

u64 read_debug(const DebugState& state, DebugRegister which) {
    const auto of = [&](const DebugPairs& pairs) {
        const DebugPair& pair = pairs[which.number];
        return which.is_control ? pair.control : pair.value;
    };
    switch (which.kind) {
        case Kind::mdscr:
            return state.mdscr;
        case Kind::os_lock_status:
            return os_lock_implemented | (state.os_lock ? os_lock_locked : 0);
        case Kind::double_lock:
            return state.double_lock ? 1 : 0;
        case Kind::claim_set:
            return all_claims;
        case Kind::claim_clear:
            return state.claims;
        case Kind::breakpoint:
            return of(state.breakpoints);
        case Kind::watchpoint:
            return of(state.watchpoints);
        case Kind::none:
        case Kind::ignored:
        case Kind::os_lock:
            break;
    }
    return 0;
}

void write_debug(DebugState& state, DebugRegister which, u64 value, DebugUnit unit) {
    switch (which.kind) {
        case Kind::mdscr:
            state.mdscr = value & mdscr::kept;
            break;
        case Kind::os_lock:
            state.os_lock = (value & 1) != 0;
            break;
        case Kind::double_lock:
            state.double_lock = unit.double_lock && (value & 1) != 0;
            break;
        case Kind::claim_set:
            state.claims |= static_cast<u8>(value & all_claims);
            break;
        case Kind::claim_clear:
            state.claims &= static_cast<u8>(~value & all_claims);
            break;
        case Kind::breakpoint:
        case Kind::watchpoint:
            write_pair(state, which, value);
            break;
        case Kind::none:
        case Kind::ignored:
        case Kind::os_lock_status:
            break;
    }
    state.machine_mdscr = machine_mdscr(state);
}

u64 machine_breakpoint_control(u64 control) {
    // BT 0b1xxx compares VMID or CONTEXTIDR_EL2, which are not the guest's.
    constexpr u64 of_el2 = 0b1000;
    const bool foreign = (debug_control::BreakpointType::get(control) & of_el2) != 0;
    return foreign ? 0 : machine_control(control);
}

u64 machine_watchpoint_control(u64 control) {
    return machine_control(control);
}

}  // namespace isthmus::arch
