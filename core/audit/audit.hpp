// SPDX-License-Identifier: Apache-2.0
// The last step before a guest runs: what was built is compared with the plan (docs/security.md).
#pragma once

#include <optional>

#include "isthmus/range.hpp"

namespace isthmus::core {

struct AuditReport;
struct Domain;

/// Walks every guest map, every page word the plan speaks of, Isthmus's own map, and the stream
/// table of every SMMU that is in use. Says what differs, or "audit: ok" with what was looked at
/// and the time it took. True: all is as planned. Boot CPU, before the domains start.
///
/// - each guest runs by its own tables, under a VMID of its own;
/// - every mapping is planned, and nothing more: same memory, same type, and descriptor bits that
///   are those of the type;
/// - two domains reach the same page only where a region says so, with the rights it says;
/// - nothing of Isthmus, of its heap or of its tables is reachable by a guest;
/// - Isthmus's own map reaches no memory that a guest may write, and nothing in it is writable and
/// executable;
/// - every page word has the planned owner and count;
/// - each doorbell rings whom it was planned to ring, and as it was planned;
/// - each device line of the machine comes to the domain that it was planned for;
/// - each planned stream reaches what its domain reaches, by its entry as the SMMU finds it, and
///   every other stream is aborted.
bool audit();

/// Of these, what is one domain's: its control, its map, lines, devices and doorbells. While none
/// of its vCPUs runs. Any CPU. In two halves, of which that of the map goes in pieces: of some
/// 10 us, beside guests that run.
void audit_domain_but_map(const Domain& domain, AuditReport& report);
/// What is mapped or planned next, from `from` on, a piece of it: where the next piece begins;
/// nothing: there was no more.
std::optional<GuestAddress> audit_map_piece(const Domain& domain, GuestAddress from,
                                            AuditReport& report);

}  // namespace isthmus::core
