// SPDX-License-Identifier: Apache-2.0
// The part of the audit, and of the account, that is about doorbells.
#pragma once

#include "core/audit/report.hpp"

namespace isthmus::core {

struct Domain;

/// The domain has the planned doorbells and no other; each rings the planned peer, by the interrupt
/// and the GPIO block that the plan has there.
void audit_doorbells(const Domain& domain, AuditReport& report);

/// A line for each doorbell of the domain that was rung, by what became of its rings.
void print_doorbells(TextSink& out, const Domain& domain);
/// Of these lines, that of one doorbell; nothing when it was not rung.
void print_doorbell(TextSink& out, const Domain& domain, usize number);

}  // namespace isthmus::core
