// SPDX-License-Identifier: Apache-2.0
// The planned shared regions, and each domain's view of them. Part of dom0less::Plan.
#pragma once

#include <span>
#include <string_view>

#include "isthmus/domain_id.hpp"
#include "isthmus/range.hpp"

namespace isthmus::shm {

/// How a guest's tree shows a region (docs/bindings.md, isthmus,presentation).
enum class Presentation : u8 { reserved, xen, pmem };

/// One domain's view of a region.
struct SharedViewPlan {
    u32 region = 0;  ///< index into Plan::regions
    GuestRange guest;
    u64 offset = 0;  ///< of this view inside the region, in bytes
    bool writable = true;
    bool is_owner = false;
    bool clear_on_restart = false;  ///< its bytes are cleared before this guest runs again
    Presentation presentation = Presentation::reserved;
    /// By the region's parties: the guest's port of the event channel that the region's node names
    /// for this one, 0 for none. Empty when it names none at all.
    std::span<const u32> event_ports;
    std::string_view path;
};

struct RegionPlan {
    /// How the guest's node writes the id.
    enum class Dialect : u8 { text, cell };

    /// Whose words its bytes are: the guests', or Isthmus's, which all who see it may only read
    /// (docs/supervision.md).
    enum class Role : u8 {
        shared,      ///< the guests' own
        status,      ///< what has become of the parties of region `subject`
        statistics,  ///< counters of all domains, and events (docs/statistics.md)
    };

    Role role = Role::shared;
    u32 subject = 0;  ///< index into Plan::regions, where the role says of what
    Dialect dialect = Dialect::text;
    std::string_view id;  ///< dialect text: without NUL. dialect cell: decimal digits
    u32 id_cell = 0;      ///< dialect cell
    DomainId owner = DomainId::dom_io;
    u64 size = 0;
    std::span<const HostRange> host;      ///< the pieces, in order of the region's offsets
    std::span<const DomainId> borrowers;  ///< ascending; an owner is not one
    /// References each page carries once all domains are built: one for being allocated, and one
    /// for each foreign mapping of it (docs/memory.md). Uniform when no window is used.
    u32 references_per_page = 1;
    /// Guests that see it, in tree order, its owner among them. A party's number is its place here.
    std::span<const DomainId> parties;
    bool has_doorbells = false;  ///< each party has one to each other
    std::string_view path;       ///< of the first node

    /// Isthmus writes it, and no guest may.
    bool is_system() const { return role != Role::shared; }
    /// `subject` says of what.
    bool has_subject() const { return role == Role::status; }
};

}  // namespace isthmus::shm
