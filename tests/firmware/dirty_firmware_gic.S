/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller as dirty_firmware.S leaves it: every interrupt enabled, edge-triggered, of the
 * highest priority and pending, many active, one of them taken by this CPU and not ended. Both functions use
 * x0 to x9. IHI 0069, chapter 12; IHI 0048, chapter 4. */

    .section .text, "ax"

/* x7: the frame of this CPU's private interrupts, x8: the RD frame of a GICv3 (IDs as QEMU has them). */
find_frames:
    ldr     x7, [x19, #24]
    ldr     x1, [x19, #16]
    cmp     x1, #3
    b.ne    1f
    mrs     x1, mpidr_el1
    and     x1, x1, #0xff
    ldr     x8, [x19, #32]
    add     x8, x8, x1, lsl #17
    add     x7, x8, #0x10000
1:  ret

/* EL3: everything becomes the non-secure world's, and is switched on. */
    .global secure_gic
secure_gic:
    mov     x9, x30
    bl      find_frames
    mov     w5, #-1
    ldr     x6, [x19, #24]
    mov     x0, #0                  /* word of 32 interrupts */
1:  add     x1, x6, x0, lsl #2
    str     w5, [x1, #0x80]         /* IGROUPR */
    add     x0, x0, #1
    cmp     x0, #9
    b.lo    1b
    str     w5, [x7, #0x80]
    ldr     w5, =0x80808080         /* priorities: the highest that the other world may use */
    add     x0, x6, #0x420
5:  str     w5, [x0], #4
    sub     x1, x0, x6
    cmp     x1, #0x400 + 288
    b.lo    5b
    ldr     x1, [x19, #16]
    cmp     x1, #3
    b.eq    2f
    ldr     x6, [x19, #32]          /* GICv2: priorities of both halves pass */
    mov     w1, #0xff
    str     w1, [x6, #4]
    ldr     x6, [x19, #24]
    mov     w1, #3
    str     w1, [x6]
    ret     x9
2:  mov     w1, #0x37               /* GICD_CTLR: both AREs, all groups */
    str     w1, [x6]
    str     wzr, [x7, #0xd00]       /* IGRPMODR0 */
    ldr     w1, [x8, #0x14]         /* GICR_WAKER */
    bic     w1, w1, #2
    str     w1, [x8, #0x14]
3:  ldr     w1, [x8, #0x14]
    tbnz    w1, #2, 3b
    mov     x1, #0xf
    msr     icc_sre_el3, x1
    isb
    ldr     x1, [x19, #40]
    tbnz    x1, #3, 4f
    mov     x1, #0xff               /* else the other world cannot change the mask */
    msr     icc_pmr_el1, x1
4:  ret     x9

/* EL2. */
    .global dirty_gic
dirty_gic:
    mov     x9, x30
    bl      find_frames
    ldr     x6, [x19, #24]
    mov     w1, #0x13               /* ARE (GICv3), both groups */
    str     w1, [x6]
    mov     x1, x7
    mov     x2, #1
    bl      dirty_words             /* private ones */
    cbnz    x20, 1f
    add     x1, x6, #4              /* shared ones, by the first CPU */
    mov     x2, #8
    bl      dirty_words
1:  ldr     x1, [x19, #16]
    cmp     x1, #3
    b.eq    2f
    ldr     w1, =0x01010101         /* SPENDSGIR: every SGI, from the first CPU */
    mov     x5, #0xf20
    add     x5, x5, x6
    str     w1, [x5]
    str     w1, [x5, #4]
    str     w1, [x5, #8]
    str     w1, [x5, #12]
    ldr     x6, [x19, #32]          /* GICC: PMR, BPR, CTLR, then IAR */
    mov     w1, #0xff
    str     w1, [x6, #4]
    mov     w1, #7
    str     w1, [x6, #8]
    mov     w1, #1
    str     w1, [x6]
    dsb     sy
    ldr     w1, [x6, #0xc]
    ret     x9
2:  mov     x1, #0xf
    msr     icc_sre_el2, x1
    isb
    mov     x1, #7
    msr     icc_sre_el1, x1
    isb
    mov     x1, #0xff
    msr     icc_pmr_el1, x1
    mov     x1, #7
    msr     icc_bpr1_el1, x1
    mov     x1, #1
    msr     icc_igrpen1_el1, x1
    isb
    dsb     sy
    mrs     x2, icc_iar1_el1      /* taken, and never ended */
    ldr     x0, [x19, #40]
    tbz     x0, #4, 4f
    mov     x1, #2                  /* but its priority is dropped: ICC_CTLR_EL1.EOImode, ICC_EOIR1_EL1 */
    msr     icc_ctlr_el1, x1
    isb
    msr     icc_eoir1_el1, x2
4:
    mov     x1, #0x1234
    msr     ich_lr0_el2, x1
    msr     ich_vmcr_el2, x1
    mov     x1, #-1
    msr     ich_ap1r0_el2, x1
    mov     x1, #0xff
    msr     ich_hcr_el2, x1
    ldr     x0, [x19, #40]
    tbz     x0, #1, 3f
    ldr     x1, [x19, #64]          /* LPIs on, with tables in RAM */
    add     x2, x1, #13             /* IDbits: 14 bits of INTID */
    str     x2, [x8, #0x70]         /* GICR_PROPBASER */
    add     x1, x1, #0x10000
    str     x1, [x8, #0x78]         /* GICR_PENDBASER */
    mov     w1, #1
    str     w1, [x8]                /* GICR_CTLR.EnableLPIs */
    mov     x2, #0x08080000         /* the ITS of QEMU's machine */
    str     w1, [x2]                /* GITS_CTLR.Enabled */
    dsb     sy
3:  ret     x9

/* x1: a frame, so that word 0 is the first to be dirtied; x2: words. Uses x0 to x5. */
dirty_words:
    mov     w0, #-1
    mov     w3, #0xaaaaaaaa
    mov     x5, x1
1:  ldr     x4, [x19, #16]
    cmp     x4, #3
    b.ne    3f
    str     w0, [x5, #0x80]         /* IGROUPR: those that ICC_IAR1_EL1 takes */
3:  str     w3, [x5, #0x300]        /* ISACTIVER: every other one */
    str     w0, [x5, #0x100]        /* ISENABLER */
    str     w0, [x5, #0x200]        /* ISPENDR */
    add     x5, x5, #4
    subs    x2, x2, #1
    b.ne    1b
    mov     x5, #0xc04              /* ICFGR1 on: edges */
    str     w3, [x7, x5]
    mov     x5, #0                  /* priorities: the highest */
2:  add     x4, x7, x5
    str     wzr, [x4, #0x400]
    add     x5, x5, #4
    cmp     x5, #32
    b.lo    2b
    ret
