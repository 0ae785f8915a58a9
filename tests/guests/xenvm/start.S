// SPDX-License-Identifier: Apache-2.0
// The first instructions of a program that starts as Zephyr does on its board `xenvm`: see xenvm.cpp.

#ifdef XENVM_HEADER
    .section .head, "ax"
    b       start                     // Linux "Booting AArch64", section 4: the Image header
    .long   0
    .quad   0                         // text_offset
    .quad   xenvm_file_size           // as Zephyr's: without .bss and stack
    .quad   0x2                       // 4 KiB pages; to be placed as low as possible
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
#endif

    .section .start, "ax"
    .globl  start
start:                                // EL1, MMU off; all registers may be anything
    msr     daifset, #0xf
    ldr     x24, =xenvm_stack_top
    ldr     x25, =xenvm_prepare
    bl      prepare_for_c

    mov     x0, sp                    // how much of the stack is used shall be seen
    ldr     x1, =xenvm_stack
    mov     x2, #0xaaaaaaaaaaaaaaaa
1:  cmp     x1, x0
    b.hs    2f
    str     x2, [x1], #8
    b       1b

2:  bl      xenvm_highest_level_init
    mrs     x0, currentel
    cmp     x0, #0x4
    b.ne    stop                      // this program has nothing for EL2 and EL3
    bl      xenvm_el1_init
    msr     spsel, #1                 // from here on SP_EL1
    msr     daifclr, #0x4             // SError
    isb
    mov     x30, xzr
    br      x25

prepare_for_c:
    mov     x23, x30
    mrs     x0, currentel
    cmp     x0, #0x4
    b.ne    stop
    mrs     x0, sctlr_el1
    bic     x0, x0, #0x2              // A: no alignment check
    msr     sctlr_el1, x0
    isb
    msr     spsel, #1
    mov     sp, x24
    isb
    msr     spsel, #0                 // C runs on SP_EL0 at first
    mov     sp, x24
    mov     x29, xzr
    ret     x23

stop:
    wfi
    b       stop

    .macro  vector handler
    .balign 128
    sub     sp, sp, #176
    stp     x0, x1, [sp]
    stp     x29, x30, [sp, #160]
    adr     x0, \handler
    b       exception
    .endm

    .text
    .balign 2048
    .globl  xenvm_vectors
xenvm_vectors:                        // SP_EL0, SP_ELx, and two of lower levels, which are not there
    .irp    handler, xenvm_fault, xenvm_interrupt, xenvm_fault, xenvm_fault
    vector  \handler
    .endr
    .irp    handler, xenvm_fault, xenvm_interrupt, xenvm_fault, xenvm_fault
    vector  \handler
    .endr

exception:                            // x0 = function; x0, x1, x29, x30 are saved
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    mrs     x1, elr_el1
    mrs     x2, spsr_el1
    stp     x1, x2, [sp, #-16]!
    str     x18, [sp, #160]
    blr     x0
    ldr     x18, [sp, #160]
    ldp     x1, x2, [sp], #16
    msr     elr_el1, x1
    msr     spsr_el1, x2
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x29, x30, [sp, #160]
    ldp     x0, x1, [sp]
    add     sp, sp, #176
    eret
    .section .note.GNU-stack, "", %progbits
