/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to C++: the arm64 Image header, the first instructions of the boot CPU and of every
 * other CPU. All work that C++ can do with the MMU off is in boot_map.cpp. Nothing is taken for granted
 * of what firmware left in registers, but that the MMU is off.
 *
 * This section is one page, the only one that the boot map shows where it is loaded. */

#include "arch/arm64/map/loader_room.h"

#define IMAGE_FLAGS 0xa /* little-endian, 4 KiB pages, anywhere in RAM (Linux booting.rst, flags) */

    .section .text.head, "ax"
    .global _start
_start:
    add     x13, x18, #22           /* code0: as bytes it begins with "MZ", as a PE file has to */
    b       primary_entry           /* code1 */
    .quad   0                       /* text_offset */
    .quad   image_size              /* image_size: as many bytes as the file has */
    .quad   IMAGE_FLAGS
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   pe_header - _start      /* where PE looks for its header, too (offset 0x3c) */

/* The same file as an EFI application (UEFI specification, 2.1.1; Microsoft's PE format): file offsets are
 * addresses from its start, and firmware enters the loader in it (docs/efi.md). To firmware the hypervisor
 * around the loader is data. */
    .macro pe_section name, start, size, flags
1:  .ascii  "\name"
    .org    1b + 8
    .long   \size, \start           /* in memory */
    .long   \size, \start           /* in the file */
    .long   0, 0, 0
    .long   \flags
    .endm
    .set    PE_CODE, 0x60000020     /* code; execute, read */
    .set    PE_CONSTANTS, 0x40000040 /* initialized data; read */
    .set    PE_DATA, 0xc0000040     /* initialized data; read, write */

    .balign 8
pe_header:
    .ascii  "PE\0\0"
    .short  0xaa64, 3               /* ARM64, sections */
    .long   0, 0, 0                 /* time, symbols */
    .short  pe_sections - pe_optional
    .short  0x206                   /* executable image; line numbers and debug information stripped */
pe_optional:
    .short  0x20b                   /* PE32+ */
    .byte   0, 0
    .long   EFI_DATA_OFFSET         /* of code */
    .long   efi_data_size
    .long   0
    .long   efi_loader              /* the entry point */
    .long   efi_loader              /* the base of code */
    .quad   0
    .long   0x1000, 0x1000          /* alignment in memory and in the file */
    .short  0, 0, 0, 0, 0, 0        /* versions */
    .long   0
    .long   image_size
    .long   0x1000                  /* headers */
    .long   0                       /* no checksum */
    .short  10                      /* an EFI application */
    .short  0x100                   /* NX_COMPAT: data is not executed */
    .quad   0, 0, 0, 0
    .long   0
    .long   6                       /* data directories: there is none */
    .quad   0, 0, 0, 0, 0, 0
pe_sections:
    pe_section ".isthmus", 0x1000, efi_before, PE_CONSTANTS
    pe_section ".text", efi_loader, EFI_DATA_OFFSET, PE_CODE
    pe_section ".data", efi_data, efi_data_size, PE_DATA

/* The boot CPU: MMU off, x0 = host address of the boot tree. Where Isthmus cannot run (known_state) the
 * same steps are done with other registers, so that C++ can say so on the console. */
primary_entry:
    mov     x19, x0                 /* x19: boot tree */
    bl      known_state             /* x21: the way in, 0 when it is the right one */
    adrp    x20, image_start        /* x20: host address of the image */
    bl      clean_boot_memory       /* stale lines must not hide what is written with the MMU off */

    adrp    x1, boot_stack_top
    mov     sp, x1
    mov     x29, #0
    mov     x30, #0
    mov     x0, x20
    mov     x1, x19
    bl      isthmus_boot_map        /* fills the boot tables, returns their root; MMU still off */
    mov     x22, x0
    bl      clean_boot_memory       /* lines that came in by speculation or prefetching meanwhile */
    mov     x0, x22
    bl      enable_mmu
    ldr     x2, =boot_stack_top     /* from here on at the linked address */
    mov     sp, x2
    mov     x0, x20
    mov     x1, x19
    mov     x2, x21
    bl      isthmus_start           /* does not return */
    brk     #1

/* Every other CPU, started through PSCI CPU_ON at EL2: x0 = the slot of its stacks. */
    .global secondary_entry
secondary_entry:
    mov     x19, x0                 /* x19: slot */
    bl      known_state
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
    mov     x1, x21
    bl      isthmus_secondary_start /* does not return */
    brk     #1

/* First of all on every CPU: what decides how the registers below are understood, and where a fault
 * leads. Returns in x21 the way in (EntryWay in start.hpp): 0, EL2 as it must be; 1, EL1; 2, EL2 with
 * HCR_EL2.E2H that stays set (FEAT_E2H0 is absent, or a hypervisor below us wants it so): there the
 * registers named EL1 are EL2's, and laid out as EL1's are. Uses x0 and x1. */
known_state:
    msr     daifset, #0xf
    msr     spsel, #1
    adrp    x0, parking_vectors
    add     x0, x0, :lo12:parking_vectors
    mrs     x1, CurrentEL
    cmp     x1, #(2 << 2)
    mov     x21, #1
    b.ne    1f
    msr     vbar_el2, x0
    msr     tpidr_el2, xzr          /* no PerCpu yet (vectors.S) */
    mov     x1, #(1 << 31)          /* HCR_EL2: RW alone */
    msr     hcr_el2, x1
    isb
    mrs     x1, hcr_el2
    ubfx    x21, x1, #34, #1        /* E2H */
    lsl     x21, x21, #1
    cbnz    x21, 1f
    ldr     x1, =0x30c50830         /* SCTLR_EL2: RES1 alone; MMU and caches off, little-endian */
    msr     sctlr_el2, x1
    isb
    ret
1:  msr     vbar_el1, x0
    ldr     x1, =0x30d00800         /* SCTLR_EL1 likewise */
    msr     sctlr_el1, x1
    isb
    ret

/* x0: host address of the root table. Returns at the linked address of the caller, MMU and caches
 * on. Uses x1 to x4. */
enable_mmu:
    ic      iallu                   /* what was fetched before may be older than the image */
    dsb     nsh
    isb
    adrp    x1, isthmus_mair
    ldr     x1, [x1, :lo12:isthmus_mair]
    cbnz    x21, 1f
    adrp    x3, isthmus_boot_tcr_el2
    ldr     x3, [x3, :lo12:isthmus_boot_tcr_el2]
    mrs     x4, id_aa64mmfr0_el1    /* TCR_EL2.PS: no more than this CPU's PARange */
    and     x4, x4, #0xf
    ubfx    x2, x3, #16, #3
    cmp     x4, x2
    csel    x2, x4, x2, lo
    bfi     x3, x2, #16, #3
    adrp    x4, isthmus_sctlr_el2
    ldr     x4, [x4, :lo12:isthmus_sctlr_el2]
    msr     mair_el2, x1
    msr     tcr_el2, x3
    msr     ttbr0_el2, x0
    dsb     sy
    isb
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
    isb
    tlbi    vmalle1
    tbz     x21, #1, 3f
    tlbi    alle2
3:  dsb     sy
    isb
    msr     sctlr_el1, x4
    isb
2:  ldr     x1, =_start             /* the caller's return address, moved to the linked image */
    adrp    x2, _start
    sub     x1, x1, x2
    add     x30, x30, x1
    ldr     x2, =parking_vectors
    cbnz    x21, 4f
    msr     vbar_el2, x2
    isb
    ret
4:  msr     vbar_el1, x2
    isb
    ret

/* All that is read or written with the MMU off, as seen with caches and without them, becomes one.
 * Clean as well as invalidate: the first line may hold the end of .data. Uses x0 to x3. */
clean_boot_memory:
    adrp    x0, bss_start
    add     x0, x0, :lo12:bss_start
    adrp    x1, boot_noinit_end
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

/* A fault before C++ has vectors of its own ends here, for a debugger to look at: x0 = ESR, x1 = ELR,
 * x2 = FAR of the level, x3 = CurrentEL. */
park:
    mrs     x3, CurrentEL
    cmp     x3, #(2 << 2)
    b.ne    1f
    mrs     x0, esr_el2
    mrs     x1, elr_el2
    mrs     x2, far_el2
    b       2f
1:  mrs     x0, esr_el1
    mrs     x1, elr_el1
    mrs     x2, far_el1
2:  wfi
    b       2b
    .ltorg

    .balign 2048
parking_vectors:
    .rept   16
    .balign 128
    b       park
    .endr
    .balign 128
    .global image_head_end
image_head_end:
    .section .boot_noinit, "aw", %nobits
    .balign 4096
boot_stack:
    .skip   16384
boot_stack_top:
    .balign 4096
