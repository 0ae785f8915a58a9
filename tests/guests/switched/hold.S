/* SPDX-License-Identifier: Apache-2.0 */
/* void switched_hold(u64 seed, u64 loops, u64* held): see switched.cpp. x30 counts the loops. */
    .arch   armv8-a
    .text
    .global switched_hold
switched_hold:
    stp     x29, x30, [sp, #-112]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x2, [sp, #96]
    mov     x30, x1
    and     x1, x0, #0x1f
    msr     fpsr, x1
    and     x1, x0, #3
    lsl     x1, x1, #22
    msr     fpcr, x1
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    add     x1, x0, #(0x100 + \n)
    mov     v\n\().d[0], x1
    add     x1, x0, #(0x200 + \n)
    mov     v\n\().d[1], x1
    .endr
    .irp    n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    add     x1, x0, #(0x100 + \n)
    mov     v\n\().d[0], x1
    add     x1, x0, #(0x200 + \n)
    mov     v\n\().d[1], x1
    .endr
    .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
    add     x\n, x0, #\n
    .endr
1:  subs    x30, x30, #1
    b.ne    1b
    ldr     x30, [sp, #96]
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
    str     x\n, [x30], #8
    .endr
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    st1     {v\n\().2d}, [x30], #16
    .endr
    mrs     x1, fpsr
    mrs     x2, fpcr
    stp     x1, x2, [x30]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret
