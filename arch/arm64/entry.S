/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to C++: the arm64 Image header, the first instructions of the boot CPU and of every
 * other CPU. All work that C++ can do with the MMU off is in boot_map.cpp. */

#define IMAGE_FLAGS 0xa /* little-endian, 4 KiB pages, anywhere in RAM (Linux booting.rst, flags) */

    .section .text.head, "ax"
    .global _start
_start:
    b       primary_entry           /* code0 */
    .long   0                       /* code1 */
    .quad   0                       /* text_offset */
    .quad   image_size              /* image_size, with .bss */
    .quad   IMAGE_FLAGS
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

/* The boot CPU: MMU and caches off, x0 = host address of the boot tree. EL2, or EL1 by mistake: the
 * same steps are then done at EL1, so that C++ can say so on the console. */
primary_entry:
    msr     daifset, #0xf
    mov     x19, x0                 /* x19: boot tree */
    adrp    x20, image_start        /* x20: host address of the image */
    adrp    x0, bss_start
    add     x0, x0, :lo12:bss_start
    adrp    x1, boot_noinit_end
    bl      clean_invalidate        /* stale lines must not hide what is written with the MMU off */

    adrp    x1, bss_start
    add     x1, x1, :lo12:bss_start
    adrp    x2, bss_end
    add     x2, x2, :lo12:bss_end
1:  cmp     x1, x2
    b.hs    2f
    stp     xzr, xzr, [x1], #16
    b       1b
2:
    adrp    x1, boot_stack_top
    mov     sp, x1
    mov     x29, #0
    mov     x30, #0
    mov     x0, x20
    mov     x1, x19
    bl      isthmus_boot_map        /* fills the boot tables, returns their root; MMU still off */
    bl      enable_mmu
    ldr     x2, =boot_stack_top     /* from here on at the linked address */
    mov     sp, x2
    mov     x0, x20
    mov     x1, x19
    bl      isthmus_start           /* does not return */
    brk     #1

/* Every other CPU, started through PSCI CPU_ON at EL2: x0 = the slot of its stacks. */
    .global secondary_entry
secondary_entry:
    msr     daifset, #0xf
    mov     x19, x0                 /* x19: slot */
    adrp    x0, isthmus_boot_root   /* a table, so page-aligned */
    bl      enable_mmu
    ldr     x1, =isthmus_secondary_ttbr
    ldr     x1, [x1]
    msr     ttbr0_el2, x1           /* the final map, where this CPU has a stack */
    isb
    tlbi    alle2
    dsb     nsh
    isb
    ldr     x1, =isthmus_secondary_stacks
    ldr     x1, [x1]
    ldr     x2, =isthmus_stack_slot
    ldr     x2, [x2]
    madd    x1, x19, x2, x1
    sub     sp, x1, #256            /* below where the guest's registers will stand */
    mov     x29, #0
    mov     x0, x19
    bl      isthmus_secondary_start /* does not return */
    brk     #1

/* x0: host address of the root table. Returns at the linked address of the caller, MMU and caches
 * on. Uses x1 to x4. */
enable_mmu:
    ic      iallu                   /* what was fetched before may be older than the image */
    dsb     nsh
    isb
    adrp    x1, isthmus_mair
    ldr     x1, [x1, :lo12:isthmus_mair]
    mrs     x2, CurrentEL
    cmp     x2, #(2 << 2)
    b.ne    1f
    adrp    x3, isthmus_boot_tcr_el2
    ldr     x3, [x3, :lo12:isthmus_boot_tcr_el2]
    adrp    x4, isthmus_sctlr_el2
    ldr     x4, [x4, :lo12:isthmus_sctlr_el2]
    msr     mair_el2, x1
    msr     tcr_el2, x3
    msr     ttbr0_el2, x0
    dsb     sy
    tlbi    alle2
    dsb     sy
    isb
    msr     sctlr_el2, x4
    isb
    b       2f
1:  adrp    x3, isthmus_boot_tcr_el1
    ldr     x3, [x3, :lo12:isthmus_boot_tcr_el1]
    adrp    x4, isthmus_sctlr_el1
    ldr     x4, [x4, :lo12:isthmus_sctlr_el1]
    msr     mair_el1, x1
    msr     tcr_el1, x3
    msr     ttbr0_el1, x0
    dsb     sy
    tlbi    vmalle1
    dsb     sy
    isb
    msr     sctlr_el1, x4
    isb
2:  ldr     x1, =_start             /* the caller's return address, moved to the linked image */
    adrp    x2, _start
    sub     x1, x1, x2
    add     x30, x30, x1
    ret

/* x0, x1: first and last + 1 host address. Uses x2, x3. Clean as well as invalidate: the first line
 * may hold the end of .data. */
clean_invalidate:
    mrs     x2, ctr_el0
    ubfx    x2, x2, #16, #4         /* CTR_EL0.DminLine: log2 of words */
    mov     x3, #4
    lsl     x2, x3, x2
    sub     x3, x2, #1
    bic     x0, x0, x3
1:  dc      civac, x0       
    add     x0, x0, x2
    cmp     x0, x1
    b.lo    1b
    dsb     sy
    ret

    .section .boot_noinit, "aw", %nobits
    .balign 4096
boot_stack:
    .skip   16384
boot_stack_top:
    .balign 4096
