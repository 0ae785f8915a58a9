// SPDX-License-Identifier: Apache-2.0
// The system registers that move with a vCPU: one line each. The members of VcpuState and both
// directions of the world switch are made from these lists, and a lint holds docs/registers.md to
// them, which says of every other register that a guest can reach why it need not move.
#pragma once

/// USE(member of VcpuState, register) for what every CPU has. By number: the assembler does not
/// know all names.
#define ISTHMUS_SWITCHED_REGISTERS(USE) \
    USE(sctlr, sctlr_el1)               \
    USE(ttbr0, ttbr0_el1)               \
    USE(ttbr1, ttbr1_el1)               \
    USE(tcr, tcr_el1)                   \
    USE(mair, mair_el1)                 \
    USE(amair, amair_el1)               \
    USE(vbar, vbar_el1)                 \
    USE(contextidr, contextidr_el1)     \
    USE(cpacr, cpacr_el1)               \
    USE(tpidr_el0, tpidr_el0)           \
    USE(tpidrro_el0, tpidrro_el0)       \
    USE(tpidr_el1, tpidr_el1)           \
    USE(sp_el0, sp_el0)                 \
    USE(sp_el1, sp_el1)                 \
    USE(elr_el1, elr_el1)               \
    USE(spsr_el1, spsr_el1)             \
    USE(esr_el1, esr_el1)               \
    USE(far_el1, far_el1)               \
    USE(afsr0, afsr0_el1)               \
    USE(afsr1, afsr1_el1)               \
    USE(par, par_el1)                   \
    USE(csselr, csselr_el1)             \
    USE(cntkctl, cntkctl_el1)           \
    USE(cntv_cval, cntv_cval_el0)       \
    USE(vmpidr, vmpidr_el2)             \
    USE(pc, elr_el2)                    \
    USE(pstate, spsr_el2)

/// Moves apart from the others (arch/arm64/cpu/vcpu_state.hpp, start_virtual_timer).
#define ISTHMUS_TIMER_REGISTERS(USE) USE(cntv_ctl, cntv_ctl_el0)

/// USE(member, register, which CPUs have it: a question of FeatureIds).
#define ISTHMUS_OPTIONAL_REGISTERS(USE)                                             \
    USE(disr, s3_4_c12_c1_1, has_ras) /* VDISR_EL2: what a guest has in DISR_EL1 */ \
    USE(scxtnum_el0, s3_3_c13_c0_7, has_context_numbers)                            \
    USE(scxtnum_el1, s3_0_c13_c0_7, has_context_numbers)                            \
    USE(tpidr2_el0, s3_3_c13_c0_5, has_untrapped_sme)                               \
    USE(smpri_el1, s3_0_c1_c2_4, has_untrapped_sme)
