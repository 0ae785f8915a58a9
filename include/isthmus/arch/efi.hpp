// SPDX-License-Identifier: Apache-2.0
// What the EFI loader asks of the machine; called while firmware's address space is in force, which
// shows memory where it is.
#pragma once

#include "isthmus/range.hpp"

namespace isthmus::arch {

/// Firmware runs where a hypervisor has to start (EL2).
bool can_start_hypervisor();

/// Leaves firmware's address space, and enters the hypervisor's image as a boot loader does.
/// `image` holds all of its file, at a multiple of 2 MiB. Boot services have ended.
[[noreturn]] void enter_image(HostRange image, HostRange tree);

}  // namespace isthmus::arch
