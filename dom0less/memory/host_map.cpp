// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/host_map.hpp"

#include "shm/plan_region.hpp"

namespace isthmus::dom0less {
namespace {

/// Each use takes what no use before it has taken, in whole pages, inside RAM: the order of
/// painting is the order of precedence where uses share a page or a /memreserve/ entry covers them.
class Painter {
  public:
    Painter(const fdt::HostDescription& host, Arena& arena) : host_(host), entries_(arena) {}

    void paint(HostUsePlan entry) {
        const HostRange wanted = entry.range.outer_aligned(page_size);
        for (const fdt::MemoryBank& bank : host_.memory) {
            entry.range = bank.range.intersection(wanted);
            if (!entry.range.empty()) {
                fill(entry);
            }
        }
    }
    void paint_all(HostUsePlan entry) {
        for (const fdt::MemoryBank& bank : host_.memory) {
            entry.range = bank.range;
            fill(entry);
        }
    }
    std::span<const HostUsePlan> merged() {
        usize last = 0;
        for (usize i = 1; i < entries_.size(); ++i) {
            HostUsePlan& below = entries_[last];
            if (is_same(below, entries_[i])) {
                below.range = *HostRange::between(below.range.start(), entries_[i].range.end());
            } else {
                entries_[++last] = entries_[i];
            }
        }
        return entries_.empty() ? entries_.items() : entries_.items().first(last + 1);
    }

  private:
    /// Adds the parts of `entry.range` that no entry covers.
    void fill(const HostUsePlan& entry) {
        HostAddress cursor = entry.range.start();
        usize i = 0;
        while (i < entries_.size() && entries_[i].range.end() <= cursor) {
            ++i;
        }
        while (cursor < entry.range.end()) {
            const bool is_last =
                i == entries_.size() || entries_[i].range.start() >= entry.range.end();
            const HostAddress stop = is_last ? entry.range.end() : entries_[i].range.start();
            if (cursor < stop) {
                HostUsePlan part = entry;
                part.range = *HostRange::between(cursor, stop);
                const usize before = entries_.size();
                entries_.insert(i, part);
                i += entries_.size() - before;
            }
            if (is_last) {
                return;
            }
            cursor = entries_[i].range.end();
            ++i;
        }
    }

    static bool is_same(const HostUsePlan& below, const HostUsePlan& above) {
        return below.range.end() == above.range.start() && below.use == above.use &&
               below.owner == above.owner && below.region == above.region &&
               below.is_static == above.is_static && below.path == above.path;
    }

    const fdt::HostDescription& host_;
    ArenaVector<HostUsePlan> entries_;
};

void paint_placements(Painter& painter, const PlanInput& input,
                      std::span<const Placement> placements,
                      std::span<const shm::RegionPlan> regions) {
    for (const Placement& placement : placements) {
        HostUsePlan entry;
        entry.range = placement.host;
        entry.is_static = placement.is_static;
        if (placement.user == Placement::For::domain) {
            entry.use = HostUse::domain_ram;
            entry.owner = input.config.domains[placement.index].id;
            entry.path = input.config.domains[placement.index].path;
        } else {
            entry.use = HostUse::shared;
            entry.region = placement.index;
            entry.owner = regions[placement.index].owner;
            entry.path = regions[placement.index].path;
        }
        painter.paint(entry);
    }
}

void paint_claims(Painter& painter, std::span<const HostClaim> claims, HostClaim::Kind kind,
                  HostUse use, DomainId owner) {
    for (const HostClaim& claim : claims) {
        if (claim.kind == kind) {
            painter.paint({claim.range, use, owner, 0, false, claim.path});
        }
    }
}

}  // namespace

std::span<const HostUsePlan> make_host_map(const PlanInput& input,
                                           std::span<const HostClaim> claims,
                                           std::span<const Placement> placements,
                                           std::span<const shm::RegionPlan> regions, Arena& arena) {
    using Kind = HostClaim::Kind;
    Painter painter(input.host, arena);
    paint_claims(painter, claims, Kind::image, HostUse::isthmus, DomainId::dom_isthmus);
    paint_claims(painter, claims, Kind::arena, HostUse::arena, DomainId::dom_isthmus);
    paint_placements(painter, input, placements, regions);
    paint_claims(painter, claims, Kind::module, HostUse::module, DomainId::dom_isthmus);
    paint_claims(painter, claims, Kind::boot_tree, HostUse::boot_tree, DomainId::dom_isthmus);
    paint_claims(painter, claims, Kind::reserved, HostUse::reserved, DomainId::none);
    for (const fdt::ReservedRange& reserved : input.host.reserved) {
        if (reserved.kind == fdt::ReservedRange::Kind::memreserve) {
            painter.paint(
                {reserved.range, HostUse::memreserve, DomainId::none, 0, false, reserved.path});
        }
    }
    const HostUsePlan heap{{}, HostUse::heap, DomainId::dom_isthmus, 0, false, {}};
    if (input.config.has_static_heap) {
        for (HostUsePlan part = heap; const HostRange& range : input.config.static_heap) {
            part.range = range;
            painter.paint(part);
        }
        painter.paint_all({{}, HostUse::unused, DomainId::none, 0, false, {}});
    } else {
        painter.paint_all(heap);
    }
    return painter.merged();
}

}  // namespace isthmus::dom0less
