// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/status_pages.hpp"

#include <algorithm>

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/text.hpp"

namespace isthmus::dom0less {
namespace {

static_assert(limits::shm_regions * page_size <= guest_layout::status_pages.size());

bool is_party(u32 domain, const shm::RegionDraft& draft) {
    return std::ranges::any_of(draft.members,
                               [&](const shm::Member& member) { return member.domain == domain; });
}

/// Where the parties of one region see its status page.
class Pages {
  public:
    Pages(std::span<const shm::RegionDraft> drafts, std::span<const Emulation> emulations,
          Arena& arena)
        : drafts_(drafts), emulations_(emulations), arena_(arena) {}

    shm::RegionDraft status_of(u32 subject) {
        const shm::RegionDraft& region = drafts_[subject];
        shm::RegionDraft status;
        status.role = shm::RegionPlan::Role::status;
        status.subject = subject;
        status.id = {shm::RegionPlan::Dialect::text, name_of(region), 0};
        status.size = page_size;
        status.path = region.path;
        ArenaVector<shm::Member> members(arena_);
        for (const shm::Member& member : region.members) {
            // One domain's nodes are neighbours.
            if (members.empty() || members[members.size() - 1].domain != member.domain) {
                add_member(member, status.id, subject, members);
            }
        }
        status.members = members.items();
        return status;
    }

  private:
    std::string_view name_of(const shm::RegionDraft& region) {
        TextBuffer<shm::max_id_length + 16> name;
        print(name, "{}'s status", region.id.text);
        return arena_.copy(name.view());
    }

    /// The place of this region's page among those of the domain.
    std::optional<GuestRange> place(u32 domain, u32 subject) const {
        const usize number = count_status_pages(domain, drafts_.first(subject));
        const auto pages = emulations_[domain].status_pages;
        return number < pages.size() ? std::optional(pages[number]) : std::nullopt;
    }

    void add_member(const shm::Member& party, const shm::RegionId& id, u32 subject,
                    ArenaVector<shm::Member>& members) {
        const auto guest = place(party.domain, subject);
        const std::span<shm::NodeConfig> node = arena_.allocate<shm::NodeConfig>(1);
        if (!guest || node.empty()) {
            return;  // a finding says why
        }
        node[0].id = id;
        node[0].guest = guest->start();
        node[0].size = page_size;
        node[0].writable = false;
        node[0].path = party.node->path;
        members.push_back({party.domain, party.id, node.data()});
    }

    std::span<const shm::RegionDraft> drafts_;
    std::span<const Emulation> emulations_;
    Arena& arena_;
};

}  // namespace

usize count_status_pages(u32 domain, std::span<const shm::RegionDraft> drafts) {
    return static_cast<usize>(std::ranges::count_if(drafts, [&](const shm::RegionDraft& draft) {
        return draft.has_status() && is_party(domain, draft);
    }));
}

std::span<const GuestRange> place_status_pages(const DomainConfig& domain, usize count,
                                               std::optional<GuestRange> spare, Arena& arena,
                                               Findings& findings) {
    if (count == 0) {
        return {};
    }
    GuestAddress start = guest_layout::status_pages.start();
    if (domain.direct_map && !spare) {
        findings.add(rules::direct_map, domain.path, "isthmus,status",
                     "a status page has its place where the machine has nothing, but its tree "
                     "names something in all of the highest guest addresses");
        return {};
    }
    if (domain.direct_map) {
        start = spare->start() + (start - guest_layout::gpio.start());
    }
    const std::span<GuestRange> pages = arena.allocate<GuestRange>(count);
    for (usize i = 0; i < pages.size(); ++i) {
        pages[i] = *GuestRange::from(start + i * page_size, page_size);
    }
    return pages;
}

std::span<const shm::RegionDraft> with_status_pages(std::span<const shm::RegionDraft> drafts,
                                                    std::span<const Emulation> emulations,
                                                    Arena& arena) {
    if (std::ranges::none_of(drafts, &shm::RegionDraft::has_status)) {
        return drafts;
    }
    ArenaVector<shm::RegionDraft> all(arena);
    for (const shm::RegionDraft& draft : drafts) {
        all.push_back(draft);
    }
    Pages pages(drafts, emulations, arena);
    for (u32 subject = 0; subject < drafts.size(); ++subject) {
        if (drafts[subject].has_status()) {
            const shm::RegionDraft status = pages.status_of(subject);
            if (!status.members.empty()) {
                all.push_back(status);
            }
        }
    }
    return all.items();
}

}  // namespace isthmus::dom0less
