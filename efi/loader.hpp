// SPDX-License-Identifier: Apache-2.0
// The EFI loader: firmware has loaded the image as an application; it makes a boot tree in which
// all modules have their place, and enters the image as a boot loader does (docs/efi.md).
#pragma once

#include "efi/config.hpp"
#include "efi/firmware.hpp"
#include "fdt/loader_tree.hpp"

namespace isthmus::efi {

/// What the image is entered with, once boot services have ended.
struct Prepared {
    HostRange image;
    HostRange tree;
};

/// Everything up to the end of boot services. Nothing when something is missing: then the reason
/// stands on firmware's console, all memory is given back, and firmware goes on.
std::optional<Prepared> prepare(Firmware& firmware);

}  // namespace isthmus::efi
