// SPDX-License-Identifier: Apache-2.0
// What of the running guest is in system registers: where it is, and what its own tables say.
#include "arch/arm64/cpu/cpu_kind.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/guest/pstate.hpp"
#include "arch/arm64/guest/taken_exception.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::arch {
namespace {

// PAR_EL1 after an address translation (Arm ARM D19.2.107).
using ParFailed = BitField<0>;
using ParPage = BitField<12, 36>;

/// Cortex-A77's erratum 1508412: beside a device load, a read of PAR_EL1 may hang the CPU but for
/// barriers around it (and with EL3's half). On every CPU: it is read rarely.
u64 read_par() {
    dmb_sy();
    const u64 par = ISTHMUS_READ_SYSREG(par_el1);
    dmb_sy();
    return par;
}

/// PAR_EL1 as `translate` of the address leaves it; the guest, which may be about to read its own,
/// sees nothing of it.
template <class Translate>
u64 translated(u64 address, Translate translate) {
    const u64 kept = read_par();
    translate(address);
    isb();
    const u64 par = read_par();
    ISTHMUS_WRITE_SYSREG(par_el1, kept);
    return par;
}

}  // namespace

u64 guest_pc() {
    return ISTHMUS_READ_SYSREG(elr_el2);
}

u64 guest_stack_pointer() {
    return uses_sp_el1(ISTHMUS_READ_SYSREG(spsr_el2)) ? ISTHMUS_READ_SYSREG(sp_el1)
                                                      : ISTHMUS_READ_SYSREG(sp_el0);
}

void set_guest_stack_pointer(u64 value) {
    if (uses_sp_el1(ISTHMUS_READ_SYSREG(spsr_el2))) {
        ISTHMUS_WRITE_SYSREG(sp_el1, value);
    } else {
        ISTHMUS_WRITE_SYSREG(sp_el0, value);
    }
}

bool guest_runs_a64() {
    return runs_a64(ISTHMUS_READ_SYSREG(spsr_el2));
}

u64 guest_fault_address() {
    return ISTHMUS_READ_SYSREG(far_el2);
}

TakenException guest_exception() {
    return {.syndrome = ISTHMUS_READ_SYSREG(esr_el1),
            .pc = ISTHMUS_READ_SYSREG(elr_el1),
            .pstate = ISTHMUS_READ_SYSREG(spsr_el1),
            .fault_address = ISTHMUS_READ_SYSREG(far_el1),
            .vectors = ISTHMUS_READ_SYSREG(vbar_el1),
            .handler_pstate = ISTHMUS_READ_SYSREG(spsr_el2)};
}

Result<GuestAddress> guest_translation(u64 address, GuestAccess access) {
    const u64 par = translated(address, access == GuestAccess::write ? at_s1e1w : at_s1e1r);
    if (ParFailed::get(par) != 0) {
        return fail(Error::not_mapped);
    }
    return GuestAddress((par & ParPage::mask) | (address & (page_size - 1)));
}

HostAddress guest_host_translation(u64 address) {
    const u64 par = translated(address, at_s12e1r);
    if (ParFailed::get(par) != 0) {
        return HostAddress(~u64{0});
    }
    return HostAddress((par & ParPage::mask) | (address & (page_size - 1)));
}

bool guest_refuses_load(u64 address) {
    if (!CpuKind{.midr = ISTHMUS_READ_SYSREG(midr_el1)}.may_report_stage2_first()) {
        return false;
    }
    const bool at_el0 = runs_at_el0(ISTHMUS_READ_SYSREG(spsr_el2));
    const u64 par = at_el0 ? translated(address, at_s1e0r) : translated(address, at_s1e1r);
    return ParFailed::get(par) != 0;
}

}  // namespace isthmus::arch
