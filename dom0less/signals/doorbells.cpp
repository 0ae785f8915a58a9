// SPDX-License-Identifier: Apache-2.0
#include "dom0less/signals/doorbells.hpp"

#include <algorithm>

#include "dom0less/emulated/gpio.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/text.hpp"
#include "shm/plan_region.hpp"
#include "shm/rules.hpp"

namespace isthmus::dom0less {
namespace {

usize index_of(std::span<const DomainConfig> domains, DomainId id) {
    return static_cast<usize>(std::ranges::find(domains, id, &DomainConfig::id) - domains.begin());
}

bool keeps_rings(const shm::RegionDraft& draft, DomainId party) {
    return std::ranges::all_of(draft.members, [&](const shm::Member& member) {
        return member.id != party || member.node->keeps_rings;
    });
}

/// A list of one domain while it is filled.
struct Bells {
    std::span<DoorbellPlan> list;
    usize count = 0;

    void add(const DoorbellPlan& bell) {
        if (count < list.size()) {
            list[count] = bell;
        }
        ++count;
    }
    std::span<DoorbellPlan> all() const { return list.first(std::min(count, list.size())); }
};

/// Each doorbell's other direction.
void find_peer_bells(std::span<const DomainConfig> domains, std::span<Bells> bells) {
    for (usize i = 0; i < bells.size(); ++i) {
        for (DoorbellPlan& bell : bells[i].all()) {
            const auto others = bells[index_of(domains, bell.peer)].all();
            for (u32 number = 0; number < others.size(); ++number) {
                if (others[number].region == bell.region && others[number].peer == domains[i].id) {
                    bell.peer_bell = number;
                }
            }
        }
    }
}

/// Linux hands out 31 characters of a line's name, and finds no line by a longer one.
void check_line_names(std::span<const DomainConfig> domains, const shm::RegionDraft& draft,
                      std::span<const DomainId> parties, Arena& arena, Findings& findings) {
    constexpr usize longest = 31;
    for (const DomainId party : parties) {
        TextBuffer<line_name_bytes> name;
        print(name, "{}.{}.ring", draft.id.text, domains[index_of(domains, party)].name);
        if (name.view().size() > longest) {
            findings.add(shm::rules::line_name, draft.path, "xen,shm-id",
                         "{} is the name of a GPIO line, and has {} characters: Linux shows {} "
                         "of them, and finds the line by these alone",
                         arena.copy(name.view()), name.view().size(), longest);
        }
    }
}

}  // namespace

std::span<const std::span<DoorbellPlan>> plan_doorbells(std::span<const DomainConfig> domains,
                                                        std::span<const shm::RegionDraft> drafts,
                                                        Arena& arena, Findings& findings) {
    const std::span<Bells> bells = arena.allocate<Bells>(domains.size());
    const std::span<std::span<DoorbellPlan>> lists =
        arena.allocate<std::span<DoorbellPlan>>(domains.size());
    const bool nobody = std::ranges::none_of(drafts, &shm::RegionDraft::has_doorbells);
    if (nobody || bells.size() != domains.size() || lists.size() != domains.size()) {
        return lists;
    }
    for (Bells& list : bells) {
        list.list = arena.allocate<DoorbellPlan>(limits::doorbells);
    }
    for (u32 region = 0; region < drafts.size(); ++region) {
        if (!drafts[region].has_doorbells()) {
            continue;
        }
        const auto parties = shm::parties_of(drafts[region], arena);
        check_line_names(domains, drafts[region], parties, arena, findings);
        for (const DomainId from : parties) {
            Bells& own = bells[index_of(domains, from)];
            for (const DomainId to : parties) {
                if (from != to) {
                    own.add({region, to, 0, 0, keeps_rings(drafts[region], to)});
                }
            }
        }
    }
    find_peer_bells(domains, bells);
    for (usize i = 0; i < domains.size(); ++i) {
        if (bells[i].count > limits::doorbells) {
            findings.add(rules::limit, domains[i].path, {},
                         "it has {} doorbells, more than {}: one to each other party of each "
                         "region that has them",
                         bells[i].count, limits::doorbells);
        } else {
            lists[i] = bells[i].all();
        }
    }
    return lists;
}

usize gpio_blocks(usize doorbells) {
    return (doorbells + bells_of_a_block - 1) / bells_of_a_block;
}

}  // namespace isthmus::dom0less
