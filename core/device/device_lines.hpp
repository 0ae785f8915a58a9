// SPDX-License-Identifier: Apache-2.0
// Interrupt lines of the machine that belong to guests' devices: each comes to one domain, which
// alone enables, routes and ends it. While it has not ended one, that line is silent and no other.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

struct Domain;

/// Ties the lines that the plan gives to the domain to its interrupts. Boot CPU, before it runs.
void connect_device_lines(Domain& domain);
/// The domain has stopped: its lines are silent from now on.
void release_device_lines(const Domain& domain);
/// The line fired on this CPU: its domain gets it, and will end it. False: it is no domain's.
bool hand_over_line(u32 intid);
/// Whose line it is, or nullptr.
const Domain* line_owner(u32 intid);

}  // namespace isthmus::core
