// SPDX-License-Identifier: Apache-2.0
// What a direct-mapped guest cannot have. Internal to the room.
#pragma once

#include "dom0less/memory/guest_space.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::dom0less {

/// Rule dom-direct-map, where `domain` is direct-mapped: RAM past a guest's address space, no room
/// for its redistributors, RAM or two devices at one address.
void check_direct_map(const DomainConfig& domain, const fdt::HostDescription& host,
                      const Emulation& emulation, Arena& arena, Findings& findings);

/// The same rule for RAM that was chosen (Dom0's): the machine's tree may put RAM over devices.
void check_chosen_ram(const DomainConfig& domain, const fdt::HostDescription& host,
                      const Emulation& emulation, std::span<const GuestRange> ram, Arena& arena,
                      Findings& findings);

}  // namespace isthmus::dom0less
