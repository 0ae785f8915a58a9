// SPDX-License-Identifier: Apache-2.0
// What is really there of a shared region, against what the plan says: the pages' owner, their
// references, and the block sizes it is mapped with.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "isthmus/text.hpp"

namespace isthmus::core {

/// A page of a region carries one reference for its owner, and one for each foreign mapping of it
/// (docs/memory.md). With windows, pages of one region are borrowed differently often.
struct RegionAccount {
    u64 pages = 0;
    u64 expected_least = ~u64{0};
    u64 expected_most = 0;
    u64 found_least = ~u64{0};
    u64 found_most = 0;
    /// Pages whose owner or references are not as expected; none while a domain that has the region
    /// is being taken apart.
    u64 wrong_pages = 0;
};

/// `number`: index into plan().regions. Domains that have been dismantled do not count. `first`,
/// `count`: only these pages of it.
RegionAccount account_region(u32 number, u64 first = 0, u64 count = ~u64{0});

/// The same in pieces; what a domain does meanwhile that is rebuilt or dismantled may show.
class RegionWalk {
  public:
    constexpr RegionWalk() = default;
    /// `number`: index into plan().regions.
    explicit RegionWalk(u32 number) : number_(number) {}

    /// So many pages more. False: all have been looked at.
    bool step(u64 pages);
    const RegionAccount& account() const { return account_; }

  private:
    u32 number_ = 0;
    RegionAccount account_;
};

/// Foreign views, of domains not dismantled, of the region's page at this offset.
u32 borrowing_views(u32 number, u64 offset);

/// A line for each region and, below, one for each view of it; `with_mappings` adds the block
/// sizes, which walks the guest maps: only while these are there.
void print_regions(TextSink& out, bool with_mappings);
/// Of these, the first line.
void print_account(TextSink& out, u32 number, const RegionAccount& account);

}  // namespace isthmus::core
