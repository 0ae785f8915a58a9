// SPDX-License-Identifier: Apache-2.0
// One word of code under vectors of its own. Whatever it does, the next exception ends it: the word
// itself, or the SVC behind it.

    .text
// u64 chaos_run(const ChaosState* x0, u64 entry x1, u64 pstate x2): ESR_EL1 of the exception that
// ended it. Comes back with all interrupts masked. SP_EL1 is the caller's stack and out of the
// word's reach: it runs with SP_EL0.
    .globl  chaos_run
chaos_run:
    stp     x29, x30, [sp, #-128]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mrs     x9, vbar_el1
    mrs     x10, tpidr_el1
    stp     x9, x10, [sp, #96]
    str     x18, [sp, #112]
    adrp    x9, chaos_vectors
    add     x9, x9, :lo12:chaos_vectors
    msr     vbar_el1, x9
    msr     elr_el1, x1
    msr     spsr_el1, x2
    ldr     x9, [x0, #248]            // ChaosState: x0 to x30, SP_EL0
    msr     sp_el0, x9
    isb
    ldp     x2, x3, [x0, #16]
    ldp     x4, x5, [x0, #32]
    ldp     x6, x7, [x0, #48]
    ldp     x8, x9, [x0, #64]
    ldp     x10, x11, [x0, #80]
    ldp     x12, x13, [x0, #96]
    ldp     x14, x15, [x0, #112]
    ldp     x16, x17, [x0, #128]
    ldp     x18, x19, [x0, #144]
    ldp     x20, x21, [x0, #160]
    ldp     x22, x23, [x0, #176]
    ldp     x24, x25, [x0, #192]
    ldp     x26, x27, [x0, #208]
    ldp     x28, x29, [x0, #224]
    ldr     x30, [x0, #240]
    ldp     x0, x1, [x0]
    eret

chaos_over:
    ldp     x9, x10, [sp, #96]
    msr     vbar_el1, x9
    msr     tpidr_el1, x10
    isb
    ldr     x18, [sp, #112]
    ldp     x27, x28, [sp, #80]
    ldp     x25, x26, [sp, #64]
    ldp     x23, x24, [sp, #48]
    ldp     x21, x22, [sp, #32]
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #128
    mrs     x0, esr_el1
    ret

    .balign 2048
chaos_vectors:
    .rept   16
    .balign 128
    b       chaos_over
    .endr
    .balign 128
    .section .note.GNU-stack, "", %progbits
