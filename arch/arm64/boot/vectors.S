/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's exception vectors, the way out of a guest and back in.
 *
 * While a guest runs, SP_EL2 points at its GuestRegisters (saved_registers.hpp) at the top of this
 * CPU's stack, so the entry stores without any look-up. Two lengths of way:
 *   short: x0 to x18, x29, x30 are saved; C++ preserves x19 to x28. Hypercalls and interrupts.
 *   full:  all registers are saved, for what may read or write any of them, or leave the guest.
 * A short handler that needs more returns 0 and is repeated as a full one.
 * ELR_EL2 and SPSR_EL2 stay in the machine: EL2 runs with interrupts masked throughout. */

    .macro save_short
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    str     x18, [sp, #144]
    stp     x29, x30, [sp, #232]
    .endm

    .macro save_rest
    stp     x19, x20, [sp, #152]
    stp     x21, x22, [sp, #168]
    stp     x23, x24, [sp, #184]
    stp     x25, x26, [sp, #200]
    stp     x27, x28, [sp, #216]
    .endm

    .macro restore_rest
    ldp     x19, x20, [sp, #152]
    ldp     x21, x22, [sp, #168]
    ldp     x23, x24, [sp, #184]
    ldp     x25, x26, [sp, #200]
    ldp     x27, x28, [sp, #216]
    .endm

    .macro restore_short
    ldp     x0, x1, [sp, #0]
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldr     x18, [sp, #144]
    ldp     x29, x30, [sp, #232]
    .endm

    .macro slot target
    .balign 128
    b       \target
    .endm

    /* What comes from EL2 itself: the first half of all vectors. */
    .macro own_slots
    .rept   7                       /* 4 with SP_EL0, which is not used; 3 with SP_ELx */
    slot    el2_exception
    .endr
    slot    el2_serror
    .endm

    /* Ways of two kinds, with functions of that name: guest, and recorded where the CPU has a flight
     * recorder. A guest's synchronous exception: hypercalls first, they are what is called most. */
    .macro sync_way name, kind
\name:
    save_short
    mrs     x1, esr_el2
    mov     x0, sp
    lsr     x2, x1, #26
    cmp     x2, #0x16               /* HVC, AArch64 */
    b.ne    \kind\()_sync_full
    mov     x29, #0                 /* backtraces end here */
    bl      isthmus_\kind\()_hvc
    cbz     x0, \kind\()_sync_again
    b       guest_return_short
    .endm

    .macro irq_way name, kind
\name:
    save_short
    mov     x0, sp
    mov     x29, #0
    bl      isthmus_\kind\()_irq
    cbz     x0, guest_leave
    b       guest_return_short
    .endm

    .macro sync_rest kind
\kind\()_sync_again:
    mrs     x1, esr_el2
    mov     x0, sp
\kind\()_sync_full:
    save_rest
    mov     x29, #0
    bl      isthmus_\kind\()_sync
    restore_rest
    .endm

    .macro serror_way kind
\kind\()_serror:
    save_short
    save_rest
    mov     x0, sp
    mov     x29, #0
    bl      isthmus_\kind\()_serror
    restore_rest
    b       guest_return_short
    .endm

    .macro way_slot way, name
    .balign 128
    \way   \name, guest
    .endm

    .arch   armv8.5-a
    .section .text.vectors, "ax"
    .balign 2048
    .global isthmus_vectors
isthmus_vectors:
    own_slots
    way_slot sync_way, guest_sync   /* lower EL, AArch64 */
    way_slot irq_way, guest_irq
    way_slot irq_way, guest_fiq     /* the distributor makes none; treated alike */
    slot    guest_serror
    way_slot sync_way, guest_sync_32 /* lower EL, AArch32: EL0 of a 64-bit guest */
    way_slot irq_way, guest_irq_32
    way_slot irq_way, guest_fiq_32
    slot    guest_serror
    .balign 128

    sync_rest guest
guest_return_short:
    restore_short
    eret
    /* No speculation beyond ERET (Arm: straight-line speculation). */
    dsb     nsh
    isb
    serror_way guest

    sync_way recorded_sync, recorded
    sync_rest recorded
    b       guest_return_short
    irq_way recorded_irq, recorded
    serror_way recorded

/* The interrupt asks for another vCPU, or for none. */
guest_leave:
    save_rest
    mov     x0, sp
    bl      isthmus_guest_leave
    brk     #1                      /* does not return */

/* [[noreturn]] isthmus_enter_guest(GuestRegisters* at the top of this CPU's stack). The rest of the
 * guest's state is in the machine already. */
    .global isthmus_enter_guest
isthmus_enter_guest:
    bti     c
    mov     sp, x0
    restore_rest
    b       guest_return_short

/* [[noreturn]] isthmus_reset_stack(stack top, function): forgets the C++ frames above. */
    .global isthmus_reset_stack
isthmus_reset_stack:
    bti     c
    mov     sp, x0
    mov     x29, #0
    mov     x30, #0
    mov     x16, x1                 /* a branch through x16 may land on BTI c */
    br      x16

/* u64 isthmus_take_serror(): lets the SError in that is pending, and returns its ESR_EL2; 0 when it
 * is gone. x2, x3: ELR_EL2 and SPSR_EL2, which may be a guest's. */
    .global isthmus_take_serror
isthmus_take_serror:
    bti     c
    mrs     x2, elr_el2
    mrs     x3, spsr_el2
    mov     x0, #0
    msr     daifclr, #4
serror_window:
    isb
serror_window_end:
    msr     daifset, #4
    msr     elr_el2, x2
    msr     spsr_el2, x3
    ret

/* An SError at EL2: in the window above it is its value. Anywhere else SErrors are masked. */
el2_serror:
    stp     x0, x1, [sp, #-16]!
    mrs     x0, elr_el2
    adr     x1, serror_window
    cmp     x0, x1
    b.lo    1f
    adr     x1, serror_window_end
    cmp     x0, x1
    b.hi    1f
    add     sp, sp, #16             /* the window holds nothing in x0 and x1 */
    mrs     x0, esr_el2
    eret
    dsb     nsh
    isb
1:  ldp     x0, x1, [sp], #16
    b       el2_exception

/* A fault inside Isthmus. The stack may be what is wrong, so the registers go to this CPU's
 * emergency stack: TPIDR_EL2 points at its PerCpu, whose first word is that stack's top. Before a
 * CPU has set that, the boot stack serves as it is. */
el2_exception:
    msr     tpidr_el0, x0           /* the guest's value is lost: this is the end anyway */
    mrs     x0, tpidr_el2
    cbz     x0, 1f
    ldr     x0, [x0]
    b       2f
1:  mov     x0, sp
2:  sub     x0, x0, #288
    stp     x1, x2, [x0, #8]
    mov     x1, sp
    str     x1, [x0, #256]          /* the stack pointer at the fault */
    mov     sp, x0
    mrs     x1, tpidr_el0
    str     x1, [sp, #0]
    stp     x3, x4, [sp, #24]
    stp     x5, x6, [sp, #40]
    stp     x7, x8, [sp, #56]
    stp     x9, x10, [sp, #72]
    stp     x11, x12, [sp, #88]
    stp     x13, x14, [sp, #104]
    stp     x15, x16, [sp, #120]
    stp     x17, x18, [sp, #136]
    save_rest
    stp     x29, x30, [sp, #232]
    mov     x0, sp
    bl      isthmus_el2_exception
    brk     #1                      /* does not return */

/* Vectors of CPUs that speculate with what a guest left behind (speculation.hpp): each slot puts an
 * end to that before the first branch whose target is not in the instruction, then goes on in the
 * plain one. x0 and x1 are the guest's and stored; the flags are in SPSR_EL2 already. TPIDR_EL2
 * points at the PerCpu: guard_branches at 8, guard_call at 12. */

    /* x0: how many taken branches. */
    .macro take_branches
1:  b       2f
2:  subs    x0, x0, #1
    b.ne    1b
    dsb     nsh
    isb
    .endm

    .macro by_branches
    mrs     x0, tpidr_el2
    ldr     w0, [x0, #8]
    take_branches
    .endm

    .macro by_clearing
    hint    #22                     /* CLRBHB */
    isb
    .endm

    /* Calls of this kind change x0 to x3 alone (DEN 0028, 2.6). */
    .macro by_firmware
    stp     x2, x3, [sp, #16]
    mrs     x0, tpidr_el2
    ldr     w0, [x0, #12]
    smc     #0
    mrs     x0, tpidr_el2
    ldr     w0, [x0, #8]
    cbz     w0, 3f
    take_branches
3:  ldp     x2, x3, [sp, #16]
    .endm

    .macro guarded_slot guard, target
    .balign 128
    stp     x0, x1, [sp, #0]
    \guard
    ldp     x0, x1, [sp, #0]
    b       \target
    .endm

    .macro guarded_vectors name, guard
    .balign 2048
    .global \name
\name:
    own_slots
    .rept   2
    guarded_slot \guard, guest_sync
    guarded_slot \guard, guest_irq
    guarded_slot \guard, guest_irq
    guarded_slot \guard, guest_serror
    .endr
    .balign 128
    .endm

    guarded_vectors isthmus_vectors_branches, by_branches
    guarded_vectors isthmus_vectors_clear_history, by_clearing
    guarded_vectors isthmus_vectors_firmware, by_firmware

/* Vectors of CPUs with a flight recorder: whatever guard this CPU needs, then the recorded ways. One
 * table, as it need not be short. CLRBHB does nothing where a CPU does not have it. */
    .macro recorded_slot target
    .balign 128
    stp     x0, x1, [sp, #0]
    mrs     x0, tpidr_el2
    ldr     w1, [x0, #12]
    cbz     w1, 4f
    stp     x2, x3, [sp, #16]
    mov     w0, w1
    smc     #0
    ldp     x2, x3, [sp, #16]
    mrs     x0, tpidr_el2
4:  ldr     w0, [x0, #8]
    cbz     w0, 5f
    take_branches
5:  by_clearing
    ldp     x0, x1, [sp, #0]
    b       \target
    .endm

    .balign 2048
    .global isthmus_vectors_recorded
isthmus_vectors_recorded:
    own_slots
    .rept   2
    recorded_slot recorded_sync
    recorded_slot recorded_irq
    recorded_slot recorded_irq
    recorded_slot recorded_serror
    .endr
    .balign 128
