/* SPDX-License-Identifier: Apache-2.0 */
/* In and out of the EFI loader. Firmware enters with its own MMU, stack and vectors, memory mapped where
 * it is (UEFI specification, 2.3.6): x0 = the image's handle, x1 = the system table. */

    .section .text.efi_entry, "ax"
    .global efi_entry
efi_entry:
    hint    #34                     /* BTI C */
    adrp    x2, efi_start           /* x2: where the loader lies */
    adrp    x3, efi_relocations
    add     x3, x3, :lo12:efi_relocations
    adrp    x4, efi_relocations_end
    add     x4, x4, :lo12:efi_relocations_end
1:  cmp     x3, x4                  /* R_AARCH64_RELATIVE alone, which a lint looks at */
    b.hs    2f
    ldr     x5, [x3]
    ldr     x6, [x3, #16]
    add     x6, x6, x2
    str     x6, [x2, x5]
    add     x3, x3, #24
    b       1b
2:  b       isthmus_efi_main        /* which returns to firmware */

/* arch::enter_image (isthmus/arch/efi.hpp): x0 = the image, x1 = the boot tree; what they hold is
 * in memory. Leaves as the image expects: MMU and caches off, all masked. */
    .global isthmus_enter_image
isthmus_enter_image:
    msr     daifset, #0xf
    mrs     x2, sctlr_el2
    mov     x3, #0x1005             /* SCTLR_EL2: I, C, M */
    bic     x2, x2, x3
    dsb     sy
    isb
    msr     sctlr_el2, x2           /* the next instruction is fetched past all caches */
    isb
    ic      iallu
    dsb     sy
    isb
    mov     x4, x0
    mov     x0, x1
    mov     x1, #0
    mov     x2, #0
    mov     x3, #0
    br      x4
