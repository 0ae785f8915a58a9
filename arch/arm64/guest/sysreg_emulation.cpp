// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/guest/sysreg_emulation.hpp"

#include "arch/arm64/guest/debug_unit.hpp"
#include "core/entry_points.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::arch {
namespace {

using core::TrapResult;

constexpr u32 icc_sgi1r_el1 = sysreg_id(3, 0, 12, 11, 5);
constexpr u32 icc_asgi1r_el1 = sysreg_id(3, 0, 12, 11, 6);
constexpr u32 icc_sgi0r_el1 = sysreg_id(3, 0, 12, 11, 7);
constexpr u32 icc_sre_el1 = sysreg_id(3, 0, 12, 12, 5);
constexpr u64 icc_sre_registers_only = 0x7;  ///< DIB, DFB, SRE, which cannot be cleared
constexpr u32 cntp_tval_el0 = sysreg_id(3, 3, 14, 2, 0);
constexpr u32 cntp_ctl_el0 = sysreg_id(3, 3, 14, 2, 1);
constexpr u32 cntp_cval_el0 = sysreg_id(3, 3, 14, 2, 2);
constexpr u32 actlr_el1 = sysreg_id(3, 0, 1, 0, 1);
/// There where ID_AA64PFR0_EL1.RAS says so, which a guest sees; 0 is "no records", with which the
/// registers of a record may be undefined. A CPU without RAS does not let it come here.
constexpr u32 erridr_el1 = sysreg_id(3, 0, 5, 3, 0);

bool is_feature_id(u32 id) {
    const u64 crm = SysregTrap::Crm::get(id);
    return SysregTrap::Op0::get(id) == 3 && SysregTrap::Op1::get(id) == 0 &&
           SysregTrap::Crn::get(id) == 0 && crm >= 1 && crm <= 7;
}

struct Emulation {
    bool known = false;
    u64 value = 0;  ///< for a read
};

bool physical_timer_register(u32 id, core::PhysicalTimerRegister& which) {
    switch (id) {
        case cntp_ctl_el0:
            which = core::PhysicalTimerRegister::control;
            return true;
        case cntp_cval_el0:
            which = core::PhysicalTimerRegister::compare;
            return true;
        case cntp_tval_el0:
            which = core::PhysicalTimerRegister::countdown;
            return true;
        default:
            return false;
    }
}

Emulation emulate_read(core::Vcpu& vcpu, u32 id) {
    core::PhysicalTimerRegister which{};
    if (is_feature_id(id)) {
        return {true, guest_id_register(static_cast<unsigned>(SysregTrap::Crm::get(id)),
                                        static_cast<unsigned>(SysregTrap::Op2::get(id)))};
    }
    if (physical_timer_register(id, which)) {
        return {true, core::read_physical_timer(vcpu, which)};
    }
    if (id == icc_sre_el1) {
        return {true, icc_sre_registers_only};
    }
    return {id == actlr_el1 || id == erridr_el1, 0};
}

bool emulate_write(core::Vcpu& vcpu, u32 id, u64 value) {
    core::PhysicalTimerRegister which{};
    if (physical_timer_register(id, which)) {
        core::write_physical_timer(vcpu, which, value);
        return true;
    }
    // With one security state, group 0 SGIs have no use here; the write is ignored.
    return id == icc_asgi1r_el1 || id == icc_sgi0r_el1 || id == icc_sre_el1 || id == actlr_el1;
}

/// Out of line, so that it costs the short way below nothing.
[[gnu::noinline]] TrapResult emulate_other(core::Vcpu& vcpu, GuestRegisters& registers,
                                           SysregTrap trap) {
    if (trap.is_read()) {
        const Emulation result = emulate_read(vcpu, trap.id());
        if (result.known) {
            registers.write(trap.transfer_register(), result.value);
            return TrapResult::done;
        }
    } else if (emulate_write(vcpu, trap.id(), registers.read(trap.transfer_register()))) {
        return TrapResult::done;
    }
    if (SysregTrap::Op0::get(trap.raw) == 2) {
        return emulate_debug_register(vcpu, registers, trap);
    }
    return core::refuse_instruction(vcpu, "a system register it was not given, encoding",
                                    trap.id());
}

}  // namespace

TrapResult emulate_sysreg(core::Vcpu& vcpu, GuestRegisters& registers, SysregTrap trap) {
    if (trap.id() == icc_sgi1r_el1 && !trap.is_read()) [[likely]] {
        core::send_guest_sgi(vcpu, registers.read(trap.transfer_register()));
        return TrapResult::done;
    }
    return emulate_other(vcpu, registers, trap);
}

}  // namespace isthmus::arch
