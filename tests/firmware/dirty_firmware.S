/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware that leaves everything dirty that the boot protocol does not forbid, then jumps to an arm64
 * Image: registers of EL1 and EL2, the interrupt controller, timers, and all RAM that its tree names. Started
 * by QEMU at EL2, or at EL3, where it is the machine's PSCI, too (dirty_firmware_el3.S).
 *
 * The test writes its wishes into the block behind the first instruction. All code is position-independent
 * and runs with the MMU off; x19 holds the block's address throughout. */

    .set    POISON, 0xdeadbeefdeadbeef

    .section .text, "ax"
    .global dirty_firmware
dirty_firmware:
    b       start
    .balign 8
    .global wishes
wishes:
    .quad   0                       /*  0: host address of the Image */
    .quad   0                       /*  8: of the boot tree */
    .quad   0                       /* 16: version of the GIC, 2 or 3 */
    .quad   0                       /* 24: its distributor */
    .quad   0                       /* 32: the first redistributor, or the CPU interface */
    .quad   0                       /* 40: FLAGS below */
    .quad   0                       /* 48: CNTFRQ_EL0 of the boot CPU */
    .quad   0                       /* 56: CNTFRQ_EL0 of all others */
    .quad   0                       /* 64: 64 KiB aligned RAM for tables of LPIs */
    .quad   0                       /* 72: number of ranges that follow */
    .fill   2 * 16, 8, 0            /* 80: first and last + 1 address of each range of RAM to poison */
    /* FLAGS: 0: HCR_EL2.E2H and TGE where the CPU has them; 1: LPIs on; 2: CNTFRQ_EL0 is written;
     * 3: EL3 forgets to let go of the priority mask; 4: the interrupt that was taken stays active, its
     * priority does not (GICv3; QEMU lets nobody but EL3 clear that) */

start:
    msr     daifset, #0xf
    adr     x19, wishes
    mrs     x0, CurrentEL
    cmp     x0, #(3 << 2)
    b.eq    start_at_el3
    mov     x20, #0                 /* x20: entry of a CPU that PSCI starts, x21: its x0 */
    bl      set_frequency
    b       dirty_el2

/* CNTFRQ_EL0, at the highest level that there is. */
    .global set_frequency
set_frequency:
    ldr     x0, [x19, #40]
    tbz     x0, #2, 1f
    mrs     x1, mpidr_el1
    ands    x1, x1, #0xff
    ldr     x2, [x19, #48]
    ldr     x3, [x19, #56]
    csel    x2, x2, x3, eq
    msr     cntfrq_el0, x2
1:  ret

    .macro  poison, register:vararg
    .irp    name, \register
    msr     \name, x0
    .endr
    .endm

/* At EL2, x20 and x21 as above. */
    .global dirty_el2
dirty_el2:
    cbnz    x20, 1f
    bl      poison_ram
1:  bl      dirty_gic
    bl      fire_timers
    ldr     x0, =POISON
    poison  ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, vbar_el1, contextidr_el1, cpacr_el1
    poison  tpidr_el0, tpidrro_el0, tpidr_el1, sp_el0, elr_el1, spsr_el1, esr_el1, far_el1
    poison  afsr0_el1, afsr1_el1, par_el1, csselr_el1, cntkctl_el1, mdscr_el1
    msr     sp_el1, x0
    msr     sctlr_el1, x0
    poison  vttbr_el2, vtcr_el2, vbar_el2, tpidr_el2, mair_el2, amair_el2, tcr_el2, ttbr0_el2
    poison  hstr_el2, cntvoff_el2, vpidr_el2, vmpidr_el2, far_el2, hpfar_el2, esr_el2, elr_el2, spsr_el2
    poison  afsr0_el2, afsr1_el2, cptr_el2, mdcr_el2, cnthctl_el2
    bl      poison_optional
    ldr     x0, =0x30c50830 | (1 << 19) | (1 << 3) | (1 << 1) /* SCTLR_EL2: WXN, SA, A; MMU and caches off */
    msr     sctlr_el2, x0
    ldr     x0, =0x7fffffff         /* HCR_EL2: everything trapped, translated and routed */
    ldr     x1, [x19, #40]
    tbz     x1, #0, 2f
    mrs     x1, id_aa64mmfr1_el1
    ubfx    x1, x1, #8, #4          /* VH */
    cbz     x1, 2f
    orr     x0, x0, #(1 << 34)      /* E2H; TGE is bit 27 of the above */
2:  msr     hcr_el2, x0
    isb
    ldr     x18, [x19]              /* the Image, or where CPU_ON sends this CPU */
    ldr     x0, [x19, #8]
    cbz     x20, 3f
    mov     x18, x20
    mov     x0, x21
3:  ldr     x1, =POISON
    mov     sp, x1
    .irp    n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    mov     x\n, x1
    .endr
    msr     spsel, #0
    br      x18

/* Registers that only some CPUs have. */
poison_optional:
    mrs     x1, id_aa64mmfr1_el1
    ubfx    x2, x1, #40, #4         /* HCX */
    cbz     x2, 1f
    msr     s3_4_c1_c2_2, x0        /* HCRX_EL2 */
1:  mrs     x1, id_aa64mmfr0_el1
    ubfx    x2, x1, #56, #4         /* FGT */
    cbz     x2, 2f
    .irp    name, s3_4_c1_c1_4, s3_4_c1_c1_5, s3_4_c1_c1_6, s3_4_c3_c1_4, s3_4_c3_c1_5
    msr     \name, x0
    .endr
2:  ret

/* Every timer of this CPU has long expired. */
fire_timers:
    mov     x1, #1
    msr     cntp_cval_el0, xzr
    msr     cntv_cval_el0, xzr
    msr     cnthp_cval_el2, xzr
    msr     cntp_ctl_el0, x1
    msr     cntv_ctl_el0, x1
    msr     cnthp_ctl_el2, x1
    isb
    ret

poison_ram:
    ldr     x0, =POISON
    ldr     x1, [x19, #72]
    add     x2, x19, #80
1:  cbz     x1, 3f
    ldp     x3, x4, [x2], #16
2:  cmp     x3, x4
    b.hs    4f
    stp     x0, x0, [x3], #16
    b       2b
4:  sub     x1, x1, #1
    b       1b
3:  dsb     sy
    ret
    .ltorg
