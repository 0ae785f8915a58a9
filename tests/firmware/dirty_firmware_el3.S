/* SPDX-License-Identifier: Apache-2.0 */
/* What dirty_firmware.S does at EL3: as little as lets a hypervisor run at EL2, and PSCI for it. A CPU is
 * known by its lowest affinity field, 0 to 7. */

    .section .text, "ax"
    .global start_at_el3
start_at_el3:
    adr     x0, el3_vectors
    msr     vbar_el3, x0
    ldr     x0, =0x30c50830
    msr     sctlr_el3, x0
    /* NS, FIQ to EL3, HCE, RW, and all of what booting.rst asks to be let through; EnSCXT (25), too. */
    ldr     x0, =0x30 | (1 << 0) | (1 << 2) | (1 << 8) | (1 << 10) | (1 << 16) | (1 << 17)
    ldr     x1, =(1 << 25) | (1 << 26) | (1 << 27) | (1 << 28) | (1 << 38) | (1 << 41) | (1 << 43) | (1 << 44) | (1 << 45) | (1 << 59)
    orr     x0, x0, x1
    msr     scr_el3, x0
    msr     mdcr_el3, xzr
    mov     x0, #(1 << 12)          /* ESM */
    msr     cptr_el3, x0
    isb
    bl      set_frequency
    bl      secure_gic
    mov     x20, #0
    mrs     x0, mpidr_el1
    ands    x0, x0, #0xff
    b.eq    2f
    adr     x2, mailboxes           /* all but the first wait for CPU_ON */
    add     x2, x2, x0, lsl #4
1:  wfe
    ldr     x20, [x2]
    cbz     x20, 1b
    ldr     x21, [x2, #8]
2:  adr     x0, dirty_el2
    msr     elr_el3, x0
    mov     x0, #0x3c9              /* EL2h, all masked */
    msr     spsr_el3, x0
    isb
    eret

    .balign 16
mailboxes:
    .fill   2 * 8, 8, 0             /* entry and context of each CPU; 0: not asked for */

    .balign 2048
el3_vectors:
    .rept   8
    .balign 128
    b       .
    .endr
    .balign 128                     /* synchronous, from a lower level in AArch64 */
    ldr     w9, =0x84000000         /* PSCI_VERSION */
    cmp     w0, w9
    b.eq    psci_version
    ldr     w9, =0xc4000003         /* CPU_ON */
    cmp     w0, w9
    b.eq    psci_cpu_on
    ldr     w9, =0x84000008         /* SYSTEM_OFF */
    cmp     w0, w9
    b.eq    psci_off
    mov     x0, #-1                 /* NOT_SUPPORTED */
    eret
    .rept   7
    .balign 128
    b       .
    .endr
    .balign 128

psci_version:
    mov     x0, #0x10000
    eret

psci_cpu_on:
    cmp     x1, #8
    mov     x0, #-2                 /* INVALID_PARAMETERS */
    b.hs    1f
    adr     x9, mailboxes
    add     x9, x9, x1, lsl #4
    str     x3, [x9, #8]
    dmb     sy
    str     x2, [x9]
    dsb     sy
    sev
    mov     x0, #0
1:  eret

psci_off:                           /* Arm semihosting: SYS_EXIT, ADP_Stopped_ApplicationExit, 0 */
    adr     x1, 1f
    mov     x0, #0x18
    hlt     #0xf000
    b       .
    .balign 8
1:  .quad   0x20026, 0
    .ltorg
