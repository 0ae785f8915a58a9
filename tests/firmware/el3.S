/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware for QEMU's virt machine with secure=on: as little of EL3 as Isthmus can be started
 * from, with SMCCC_ARCH_WORKAROUND_1 to 3 (those that OFFERED names), which it counts. It prints the
 * counts at SYSTEM_OFF. PSCI: VERSION, FEATURES, CPU_ON, SYSTEM_OFF, SYSTEM_RESET.
 *
 * It lies at 0, in flash. Its memory is the secure RAM at 0x0e000000: a block of 256 bytes for each
 * CPU, which SP_EL3 points at.
 *   0  entry point that CPU_ON asks for   8  context   16, 24, 32  calls of WORKAROUND_1, 2, 3
 *   64  registers while a call is served */

#ifndef OFFERED
#define OFFERED 7                       /* bit 0: WORKAROUND_1, bit 1: 2, bit 2: 3 */
#endif
    .equ    blocks, 0x0e000000
    .equ    cpu_limit, 8
    .equ    tree, 0x40000000            /* where QEMU puts it for a firmware */
    .equ    image, 0x40400000
    .equ    uart, 0x09000000
    .equ    gicd, 0x08000000
    .equ    gicr, 0x080a0000
    .equ    gicr_step, 0x20000

    .arch   armv8-a
    .text
    .global _start
_start:
    mrs     x10, mpidr_el1
    and     x10, x10, #0xff
    ldr     x11, =blocks
    add     x11, x11, x10, lsl #8
    mov     x12, #0
1:  str     xzr, [x11, x12]
    add     x12, x12, #8
    cmp     x12, #256
    b.ne    1b
    msr     spsel, #1
    mov     sp, x11
    adr     x0, vectors
    msr     vbar_el3, x0
    /* NS, FIQ to EL3, HVC, AArch64 below, secure timer of EL1, and for EL2 what Linux asks for:
     * pointer authentication, SCXTNUM, MTE, fine-grained traps, ECV, HCRX, TPIDR2. */
    ldr     x0, =0x2401e030d35
    msr     scr_el3, x0
    msr     cptr_el3, xzr
    msr     mdcr_el3, xzr
    ldr     x0, =62500000
    msr     cntfrq_el0, x0
    mov     x0, #0xf
    msr     icc_sre_el3, x0
    isb
    mov     x0, #0xff
    msr     icc_pmr_el1, x0
    mov     x0, #3
    msr     icc_igrpen1_el3, x0          /* both worlds */
    isb
    ldr     x1, =gicr + 0x10000         /* this CPU's SGIs and PPIs: group 1, not secure */
    mov     x2, #gicr_step
    madd    x1, x10, x2, x1
    mov     w0, #-1
    str     w0, [x1, #0x80]
    cbnz    x10, wait_for_cpu_on
    ldr     x1, =gicd
    mov     w2, #0x30                   /* GICD_CTLR: ARE in both worlds */
    str     w2, [x1]
    mov     x2, #0x84                   /* GICD_IGROUPR1 and up */
2:  str     w0, [x1, x2]
    add     x2, x2, #4
    cmp     x2, #0x100
    b.ne    2b
    ldr     x0, =tree
    ldr     x1, =image
    b       leave

wait_for_cpu_on:
    wfe
    ldr     x1, [sp]
    cbz     x1, wait_for_cpu_on
    dmb     sy
    ldr     x0, [sp, #8]

/* x0: argument, x1: where at EL2. */
leave:
    msr     elr_el3, x1
    mov     x2, #0x3c9
    msr     spsr_el3, x2
    isb
    eret

    .balign 2048
vectors:
    .rept   8
    .balign 128
    b       unexpected
    .endr
    .balign 128                         /* lower level, AArch64, synchronous: an SMC */
    stp     x4, x5, [sp, #64]
    mrs     x4, esr_el3
    lsr     x4, x4, #26
    cmp     x4, #0x17
    b.ne    unexpected
    b       serve
    .rept   7
    .balign 128
    b       unexpected
    .endr
    .balign 128

unexpected:                             /* SError, or a fault of EL3: say so, and end */
    adr     x1, text_unexpected
    bl      print
    b       exit

/* w0: function. x0 to x3 may change. */
serve:
    ldr     w4, =0x80008000
    cmp     w0, w4
    mov     x5, #16
    b.eq    count
    ldr     w4, =0x80007fff
    cmp     w0, w4
    mov     x5, #24
    b.eq    count
    ldr     w4, =0x80003fff
    cmp     w0, w4
    mov     x5, #32
    b.eq    count
    ldr     w4, =0x80000001
    cmp     w0, w4
    b.eq    arch_features
    mov     w4, #0x80000000             /* SMCCC_VERSION */
    cmp     w0, w4
    b.eq    version
    ldr     w4, =0x84000000
    cmp     w0, w4
    b.eq    version
    ldr     w4, =0x8400000a
    cmp     w0, w4
    b.eq    features
    ldr     w4, =0xc4000003
    cmp     w0, w4
    b.eq    cpu_on
    ldr     w4, =0x84000008
    cmp     w0, w4
    b.eq    system_off
    ldr     w4, =0x84000009
    cmp     w0, w4
    b.eq    system_off
refuse:
    mov     x0, #-1
back:
    ldp     x4, x5, [sp, #64]
    eret

count:                                  /* nothing to do on QEMU; x0 to x3 are lost on purpose */
    ldr     x0, [sp, x5]
    add     x0, x0, #1
    str     x0, [sp, x5]
    mov     x0, #0
    mov     x1, #-1
    mov     x2, #-1
    mov     x3, #-1
    b       back

arch_features:
    mov     w5, #OFFERED
    ldr     w4, =0x80008000
    cmp     w1, w4
    b.ne    1f
    tbnz    w5, #0, version_zero
1:  ldr     w4, =0x80007fff
    cmp     w1, w4
    b.ne    1f
    tbnz    w5, #1, version_zero
1:  ldr     w4, =0x80003fff
    cmp     w1, w4
    b.ne    refuse
    tbz     w5, #2, refuse
version_zero:
    mov     x0, #0
    b       back

version:                                /* PSCI 1.1, and SMCCC 1.1 */
    ldr     x0, =0x10001
    b       back

features:
    mov     x0, #0
    b       back

cpu_on:                                 /* x1: affinity, x2: entry, x3: context */
    and     x1, x1, #0xff
    cmp     x1, #cpu_limit
    b.hs    refuse
    ldr     x4, =blocks
    add     x4, x4, x1, lsl #8
    str     x3, [x4, #8]
    dmb     sy
    str     x2, [x4]
    dsb     sy
    sev
    mov     x0, #0
    b       back

system_off:
    adr     x1, text_counts
    bl      print
    mov     x20, #16
1:  mov     x21, #0                     /* the sum over all CPUs */
    ldr     x22, =blocks
    mov     x23, #cpu_limit
2:  ldr     x24, [x22, x20]
    add     x21, x21, x24
    add     x22, x22, #256
    subs    x23, x23, #1
    b.ne    2b
    bl      print_number
    add     x20, x20, #8
    cmp     x20, #40
    b.ne    1b
    adr     x1, text_line
    bl      print
exit:                                   /* semihosting: SYS_EXIT, ADP_Stopped_ApplicationExit */
    adr     x1, exit_block
    mov     w0, #0x18
    hlt     #0xf000
    b       exit

/* x21, in hexadecimal. */
print_number:
    ldr     x2, =uart
    mov     x3, #60
1:  lsr     x4, x21, x3
    and     x4, x4, #0xf
    cmp     x4, #10
    add     x5, x4, #'0'
    add     x4, x4, #('a' - 10)
    csel    x4, x5, x4, lo
    str     w4, [x2]
    subs    x3, x3, #4
    b.pl    1b
    mov     w4, #' '
    str     w4, [x2]
    ret

/* x1: text. */
print:
    ldr     x2, =uart
1:  ldrb    w3, [x1], #1
    cbz     w3, 2f
    str     w3, [x2]
    b       1b
2:  ret

    .balign 8
exit_block:
    .quad   0x20026, 0
    .ltorg
text_counts:
    .asciz  "\r\nfirmware: workarounds 1, 2, 3 were called: "
text_line:
    .asciz  "\r\n"
text_unexpected:
    .asciz  "\r\nfirmware: an exception that it did not expect\r\n"
