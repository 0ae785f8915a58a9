// SPDX-License-Identifier: Apache-2.0
// The door of a test guest: the arm64 Image header, the first instructions, the exception vectors,
// and the two helpers that must not be compiled (try/resume). All else is C++.

    .hidden guest_image_end
    .section .head, "ax"
    .globl guest_image
guest_image:                          // Linux "Booting AArch64", section 4: the Image header
    b       entry
    .long   0
    .quad   0                         // text_offset: at the start of a 2 MiB block
    .quad   guest_image_end - guest_image // with .bss and the stack
    .quad   0xa                       // little endian, 4 KiB pages, anywhere in RAM
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

    .text
entry:                                // x0 = tree; MMU off, exceptions masked
    mrs     x20, cntvct_el0           // first of all: when did this guest start?
    mov     x19, x0
    adr     x1, guest_image           // linked at 0, so this is also the displacement
    adrp    x2, guest_rela_start
    add     x2, x2, :lo12:guest_rela_start
    adrp    x3, guest_rela_end
    add     x3, x3, :lo12:guest_rela_end
1:  cmp     x2, x3                    // apply R_AARCH64_RELATIVE: *(x1 + offset) = x1 + addend
    b.hs    2f
    ldp     x4, x5, [x2], #16
    ldr     x6, [x2], #8
    cmp     w5, #1027
    b.ne    1b
    add     x6, x6, x1
    str     x6, [x1, x4]
    b       1b
2:  adrp    x2, guest_bss_start
    add     x2, x2, :lo12:guest_bss_start
    adrp    x3, guest_bss_end
    add     x3, x3, :lo12:guest_bss_end
3:  cmp     x2, x3
    b.hs    4f
    str     xzr, [x2], #8
    b       3b
4:  adrp    x2, guest_stack_top
    add     x2, x2, :lo12:guest_stack_top
    mov     sp, x2
    adrp    x2, guest_vectors
    add     x2, x2, :lo12:guest_vectors
    msr     vbar_el1, x2
    isb
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x19
    mov     x1, x20
    bl      guest_start
5:  wfi
    b       5b

    .globl guest_secondary_entry
guest_secondary_entry:                // x0 = SecondaryStart { stack top, argument }
    adrp    x2, guest_vectors
    add     x2, x2, :lo12:guest_vectors
    msr     vbar_el1, x2
    isb
    ldr     x2, [x0]
    mov     sp, x2
    mov     x29, xzr
    mov     x30, xzr
    bl      guest_secondary_start
6:  wfi
    b       6b

// guest_try(function, argument, slot): 0 after function(argument) came back, 1 when
// guest_try_resume(slot) cut it short.
    .globl guest_try
guest_try:
    stp     x19, x20, [x2]
    stp     x21, x22, [x2, #16]
    stp     x23, x24, [x2, #32]
    stp     x25, x26, [x2, #48]
    stp     x27, x28, [x2, #64]
    stp     x29, x30, [x2, #80]
    mov     x9, sp
    str     x9, [x2, #96]
    stp     x29, x30, [sp, #-16]!
    mov     x9, x0
    mov     x0, x1
    blr     x9
    ldp     x29, x30, [sp], #16
    mov     x0, #0
    ret

    .globl guest_try_resume
guest_try_resume:
    ldp     x19, x20, [x0]
    ldp     x21, x22, [x0, #16]
    ldp     x23, x24, [x0, #32]
    ldp     x25, x26, [x0, #48]
    ldp     x27, x28, [x0, #64]
    ldp     x29, x30, [x0, #80]
    ldr     x9, [x0, #96]
    mov     sp, x9
    mov     x0, #1
    ret

    .macro  vector number
    .balign 128
    sub     sp, sp, #272              // ExceptionFrame
    stp     x0, x1, [sp]
    mov     x1, #\number
    b       exception
    .endm

    .balign 2048
    .globl guest_vectors
guest_vectors:
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vector  \number
    .endr

exception:                            // x1 = vector, x0 and x1 are saved
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x30, x2, [sp, #240]
    str     x3, [sp, #256]
    mov     x0, sp
    bl      guest_exception
    ldp     x30, x2, [sp, #240]
    ldr     x3, [sp, #256]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    ldp     x28, x29, [sp, #224]
    ldp     x26, x27, [sp, #208]
    ldp     x24, x25, [sp, #192]
    ldp     x22, x23, [sp, #176]
    ldp     x20, x21, [sp, #160]
    ldp     x18, x19, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp]
    add     sp, sp, #272
    eret
    .section .note.GNU-stack, "", %progbits
