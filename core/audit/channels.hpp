// SPDX-License-Identifier: Apache-2.0
// Static event channels against the plan.
#pragma once

#include "core/audit/report.hpp"

namespace isthmus::core {

struct Domain;

/// Each end that is planned is open, leads to its peer's and rings there; the console has its port;
/// all others are free. Boot CPU, before guests run.
void audit_channels(const Domain& domain, AuditReport& report);

}  // namespace isthmus::core
