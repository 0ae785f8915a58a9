// SPDX-License-Identifier: Apache-2.0
// The runtime's vectors, but for interrupts: their first two instructions leave the counter in
// TPIDR_EL0, with x10 kept in TPIDRRO_EL0.
    .text
    .balign 2048
    .globl interference_vectors
interference_vectors:
    .irp    number, 0, 1, 2, 3, 4
    .balign 128
    b       guest_vectors + \number * 128
    .endr
    .balign 128
    msr     tpidrro_el0, x10
    mrs     x10, cntvct_el0
    msr     tpidr_el0, x10
    mrs     x10, tpidrro_el0
    b       guest_vectors + 5 * 128
    .irp    number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    .balign 128
    b       guest_vectors + \number * 128
    .endr

// Where a CPU starts that is only turned on and off: x0 = what is written to ICC_SGI1R_EL1 before.
    .globl interference_helper
interference_helper:
    msr     icc_sgi1r_el1, x0
    isb
    movz    x0, #0x8400, lsl #16      // PSCI CPU_OFF
    movk    x0, #2
    hvc     #0
1:  b       1b
    .section .note.GNU-stack, "", %progbits
