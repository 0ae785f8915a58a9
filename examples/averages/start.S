// SPDX-License-Identifier: Apache-2.0
// The first instructions: caches on, so that regions are coherent with the other guests' caches, then C.
// A guest is entered at EL1, MMU off, interrupts masked, x0 = the address of its device tree. .bss is clear:
// isthmus make loads it with the rest of the ELF file.
    .section .start, "ax"
    .globl start
start:
    ldr     x1, =0xff04                 // MAIR_EL1: attribute 0 device (nGnRE), 1 normal, write-back
    msr     mair_el1, x1
    ldr     x1, =0x200803520            // TCR_EL1: TTBR0 of 32 bits, 4 KiB, write-back, inner shareable; 40 bits
    msr     tcr_el1, x1
    ldr     x1, =table
    msr     ttbr0_el1, x1
    dsb     sy
    tlbi    vmalle1
    dsb     ish
    isb
    mrs     x1, sctlr_el1
    ldr     x2, =0x1005                 // I, C, M
    orr     x1, x1, x2
    msr     sctlr_el1, x1
    isb
    ldr     x1, =stack_top
    mov     sp, x1
    bl      guest_main
    ldr     x0, =0x84000008             // PSCI SYSTEM_OFF
    hvc     #0
1:  wfi
    b       1b

// Four blocks of 1 GiB (Arm ARM D8.3): devices below RAM, then RAM, and the regions above it.
    .section .data
    .balign 4096
table:
    .quad   0x00000000 | 0x60000000000401   // device, never executed
    .quad   0x40000000 | 0x705              // normal, inner shareable
    .quad   0x80000000 | 0x705
    .quad   0xc0000000 | 0x705
    .section .note.GNU-stack, "", %progbits
