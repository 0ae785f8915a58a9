// SPDX-License-Identifier: Apache-2.0
// What gdb is to know of a made system. Internal to `isthmus make`.
#pragma once

#include <string>

#include "dom0less/plan/plan.hpp"
#include "tools/make/config.hpp"

namespace isthmus::tools {

/// gdb's commands: Isthmus's symbols, those of each guest at the addresses that it runs at, and a
/// command stop-in-NAME for each guest, by its VMID. `plan` is that of the tree that was made.
std::string gdb_init(const MakeConfig& config, const dom0less::Plan& plan);

/// A shell script that starts gdb so, beside QEMU; further arguments go to gdb.
std::string gdb_script();

}  // namespace isthmus::tools
