/* SPDX-License-Identifier: Apache-2.0 */
/* The EFI loader inside the image, for assembler and linker scripts: code and constants, then at
 * EFI_DATA_OFFSET what is written. It stands where the image keeps its early tables, which hold
 * nothing before Isthmus itself has started (arch/arm64/map/early_tables.hpp), so it takes no room
 * of its own. */
#pragma once

#define EFI_DATA_OFFSET 0x14000
#define EFI_LOADER_SIZE 0x18000
