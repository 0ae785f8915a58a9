// SPDX-License-Identifier: Apache-2.0
// The part of the audit that is about emulated devices. Internal to the folder.
#pragma once

#include "core/audit/report.hpp"

namespace isthmus::core {

struct Domain;

/// Each planned range of registers has a device that answers, no other one has, and a device lies
/// where nothing is mapped, for else no access to it would trap.
void audit_emulated(const Domain& domain, AuditReport& report);

}  // namespace isthmus::core
