// SPDX-License-Identifier: Apache-2.0
// The audit's part about devices behind SMMUs.
#pragma once

#include <span>

#include "core/audit/report.hpp"

namespace isthmus::core {

struct Domain;

/// Every SMMU that is in use translates; each stream that the plan gives to one of `domains` has
/// exactly the entry of that domain's second stage there, and no other stream gets through. Boot
/// CPU, after hold_devices, before the domains start.
void audit_streams(std::span<const Domain> domains, AuditReport& report);

}  // namespace isthmus::core
