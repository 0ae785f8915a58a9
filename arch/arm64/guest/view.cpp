// SPDX-License-Identifier: Apache-2.0
// What of the running guest is in system registers: where it is, and what its own tables say.
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/guest/pstate.hpp"
#include "arch/arm64/guest/taken_exception.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::arch {
namespace {

// PAR_EL1 after an address translation (Arm ARM D19.2.107).
using ParFailed = BitField<0>;
using ParPage = BitField<12, 36>;

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
    const u64 kept = ISTHMUS_READ_SYSREG(par_el1);  // the guest may be about to read it
    if (access == GuestAccess::write) {
        at_s1e1w(address);
    } else {
        at_s1e1r(address);
    }
    isb();
    const u64 par = ISTHMUS_READ_SYSREG(par_el1);
    ISTHMUS_WRITE_SYSREG(par_el1, kept);
    if (ParFailed::get(par) != 0) {
        return fail(Error::not_mapped);
    }
    return GuestAddress((par & ParPage::mask) | (address & (page_size - 1)));
}

}  // namespace isthmus::arch
