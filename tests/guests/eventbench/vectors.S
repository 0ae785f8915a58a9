// SPDX-License-Identifier: Apache-2.0
// Vectors for measuring, as tests/guests/bench/vectors.S: the first instruction of the IRQ vector
// reads the counter. Everything else goes to the runtime's
// vectors. The code that waits for the interrupt gives x9 to x11 away, so
// nothing needs saving:
//   x9   scratch
//   x10  out: CNTVCT_EL0 at the vector's first instruction
//   x11  out: the interrupt's ID, as acknowledged
    .text
    .balign 2048
    .globl eventbench_vectors
eventbench_vectors:
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
