/* SPDX-License-Identifier: Apache-2.0 */
/* What debug/stepping.cpp steps through: each begins with BRK, and at debug_NAME_end it has come
 * through. x0: the address of an emulated device's register, or of nothing. */
    .arch   armv8-a
    .text
    .macro  sequence name
    .global debug_\name
    .global debug_\name\()_end
debug_\name:
    brk     #0
    .endm

    sequence plain
    nop
    add     x1, x0, #1
    b       1f
    nop
1:  nop
debug_plain_end:
    ret

    /* All that Isthmus emulates: a device, system registers, calls. */
    sequence emulated
    nop
    ldr     w1, [x0]
    ldr     w1, [x0], #0
    mrs     x1, id_aa64pfr0_el1
    mrs     x1, mdscr_el1
    msr     oslar_el1, xzr
    mrs     x1, cntp_ctl_el0
    mov     x0, #0x84000000         /* PSCI_VERSION */
    hvc     #0
    mov     x0, #0x84000000
    smc     #0
    mov     x0, #-1                 /* no such function: answered on the long way */
    hvc     #0
    nop
debug_emulated_end:
    ret

    .irp    name, call, register, load, fetch
    sequence \name
    nop
    .ifc \name, call
    hvc     #1
    .endif
    .ifc \name, register
    mrs     x1, pmcr_el0
    .endif
    .ifc \name, load
    ldr     w1, [x0]
    .endif
    .ifc \name, fetch
    br      x0
    .endif
    nop
debug_\name\()_end:
    ret
    .endr
    .section .note.GNU-stack, "", %progbits
