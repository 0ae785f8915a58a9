/* SPDX-License-Identifier: Apache-2.0 */
/* The early tables, whose first contents are the EFI loader: a program of its own, which may lie
 * anywhere (loader.lds). Once Isthmus runs nobody enters it. */
#include "arch/arm64/map/loader_room.h"

    .section .efi_loader, "aw", %progbits
    .balign 4096
    .global isthmus_early_pages
isthmus_early_pages:
    .incbin ISTHMUS_EFI_LOADER
    .org    isthmus_early_pages + EFI_LOADER_SIZE
    .size   isthmus_early_pages, . - isthmus_early_pages

    .global efi_data_offset, efi_loader_size
    .set    efi_data_offset, EFI_DATA_OFFSET
    .set    efi_loader_size, EFI_LOADER_SIZE
