// SPDX-License-Identifier: Apache-2.0
// As bench/vectors.S, without a timer: the first instruction of the IRQ vector reads the counter.
//   x10  out: CNTVCT_EL0 at the vector's first instruction
//   x11  out: the interrupt's ID, as acknowledged
    .text
    .balign 2048
    .globl ringing_vectors
ringing_vectors:
    .irp    number, 0, 1, 2, 3, 4
    .balign 128
    b       guest_vectors + \number * 128
    .endr
    .balign 128
    mrs     x10, cntvct_el0
    mrs     x11, icc_iar1_el1
    msr     icc_eoir1_el1, x11
    isb
    eret
    .irp    number, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    .balign 128
    b       guest_vectors + \number * 128
    .endr
    .section .note.GNU-stack, "", %progbits
