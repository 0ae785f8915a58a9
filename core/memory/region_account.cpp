// SPDX-License-Identifier: Apache-2.0
#include "core/memory/region_account.hpp"

#include <algorithm>

#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"

namespace isthmus::core {
namespace {

/// Part of what the domain holds of it is given back, part is not.
bool is_changing(const Domain& domain, u32 number) {
    bool holds = plan().regions[number].owner == domain.plan->id;
    for (const shm::SharedViewPlan& view : domain.plan->views) {
        holds = holds || view.region == number;
    }
    return holds && domain.is_coming_apart() && !domain.is_dismantled();
}

bool is_changing(u32 number) {
    for (const Domain& domain : domains()) {
        if (is_changing(domain, number)) {
            return true;
        }
    }
    return false;
}

/// Before the domains are built, all of them count.
bool is_dismantled(usize domain) {
    return domain < domains().size() && domains()[domain].is_dismantled();
}

bool is_owner_gone(DomainId owner) {
    for (usize i = 0; i < plan().domains.size(); ++i) {
        if (plan().domains[i].id == owner) {
            return is_dismantled(i);
        }
    }
    return false;  // dom_io stays
}

void widen(u64 value, u64& least, u64& most) {
    least = value < least ? value : least;
    most = value > most ? value : most;
}

void print_span(TextSink& out, u64 least, u64 most) {
    print(out, "{}", least);
    if (most != least) {
        print(out, " to {}", most);
    }
}

void print_view(TextSink& out, const Domain& domain, const shm::SharedViewPlan& view) {
    const mm::MappingStatistics sizes = domain.map->statistics(view.guest);
    print(out, "    {} sees it at {} {}, in", domain.plan->name, view.guest,
          view.writable ? "read-write" : "read-only");
    if (sizes.blocks_1g != 0) {
        print(out, " {} x 1 GiB", sizes.blocks_1g);
    }
    if (sizes.blocks_2m != 0) {
        print(out, " {} x 2 MiB", sizes.blocks_2m);
    }
    if (sizes.pages_4k != 0) {
        print(out, " {} x 4 KiB", sizes.pages_4k);
    }
    print(out, "\n");
}

}  // namespace

u32 borrowing_views(u32 number, u64 offset) {
    u32 count = 0;
    for (usize i = 0; i < plan().domains.size(); ++i) {
        for (const shm::SharedViewPlan& view : plan().domains[i].views) {
            const bool covers = offset >= view.offset && offset - view.offset < view.guest.size();
            const bool counts = view.region == number && !view.is_owner && covers;
            count += counts && !is_dismantled(i) ? 1u : 0u;
        }
    }
    return count;
}

RegionAccount account_region(u32 number, u64 first, u64 count) {
    const shm::RegionPlan& region = plan().regions[number];
    const u64 own = is_owner_gone(region.owner) ? 0 : 1;
    const bool changing = is_changing(number);
    RegionAccount account;
    u64 offset = first * page_size;
    for (const HostRange& piece : region.host) {
        if (first >= piece.pages() || count == 0) {
            first -= std::min(first, piece.pages());
            continue;
        }
        const u64 here = std::min(piece.pages() - first, count);
        const HostRange looked_at =
            *HostRange::from(piece.start() + first * page_size, here * page_size);
        first = 0;
        count -= here;
        for (const mm::PageInfo& page : frames().frames(looked_at)) {
            const mm::PageValue found = page.snapshot();
            const u64 expected = own + borrowing_views(number, offset);
            const bool owner_right = expected == 0 || found.owner == region.owner;
            widen(expected, account.expected_least, account.expected_most);
            widen(found.references, account.found_least, account.found_most);
            const bool right = found.references == expected && owner_right;
            account.wrong_pages += right || changing ? 0 : 1;
            ++account.pages;
            offset += page_size;
        }
    }
    return account;
}

bool RegionWalk::step(u64 pages) {
    const RegionAccount part = account_region(number_, account_.pages, pages);
    if (part.pages != 0) {
        widen(part.expected_least, account_.expected_least, account_.expected_most);
        widen(part.expected_most, account_.expected_least, account_.expected_most);
        widen(part.found_least, account_.found_least, account_.found_most);
        widen(part.found_most, account_.found_least, account_.found_most);
    }
    account_.wrong_pages += part.wrong_pages;
    account_.pages += part.pages;
    return part.pages == pages;
}

void print_account(TextSink& out, u32 number, const RegionAccount& account) {
    const shm::RegionPlan& region = plan().regions[number];
    print(out, "  region {}: owner {}, borrowers", region.id, owner_name(region.owner));
    for (const DomainId borrower : region.borrowers) {
        print(out, " {}", owner_name(borrower));
    }
    print(out, "; {} pages; references expected ", account.pages);
    print_span(out, account.expected_least, account.expected_most);
    print(out, ", found ");
    print_span(out, account.found_least, account.found_most);
    if (account.wrong_pages != 0) {
        print(out, "; {} pages are WRONG", account.wrong_pages);
    }
    print(out, "\n");
}

void print_regions(TextSink& out, bool with_mappings) {
    for (u32 number = 0; number < plan().regions.size(); ++number) {
        print_account(out, number, account_region(number));
        for (const Domain& domain : domains()) {
            for (const shm::SharedViewPlan& view : domain.plan->views) {
                if (with_mappings && view.region == number && !domain.is_coming_apart()) {
                    print_view(out, domain, view);
                }
            }
        }
    }
}

}  // namespace isthmus::core
