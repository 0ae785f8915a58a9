// SPDX-License-Identifier: Apache-2.0
#include "tools/make/guest_places.hpp"

#include <algorithm>

#include "isthmus/guest_layout.hpp"
#include "isthmus/units.hpp"

namespace isthmus::tools {
namespace {

u64 alignment_of(const MakeRegion& region) {
    return region.size >= block ? block : page_size;
}

class GuestPlaces {
  public:
    explicit GuestPlaces(const MakeConfig& config) : config_(config) {
        for (const MakeRegion& region : config.regions) {
            add_given(region.guest, region.size);
            for (const MakeUse& use : region.uses) {
                add_given(use.guest, use.size);
            }
        }
    }

    /// An address for each region.
    std::vector<GuestAddress> choose() const {
        auto low = choose_between(low_start(), guest_layout::ram_bank0.end());
        return low ? *low
                   : choose_between(high_start(), GuestAddress(guest_layout::address_end))
                         .value_or(std::vector(config_.regions.size(), high_start()));
    }

  private:
    void add_given(const std::optional<GuestAddress>& start, u64 size) {
        if (start) {
            given_.push_back(GuestRange::from(*start, size).value_or(GuestRange{}));
        }
    }

    /// Of those whose RAM lies where a guest's does.
    u64 largest_ram() const {
        u64 largest = 0;
        for (const MakeDomain& domain : config_.domains) {
            largest = domain.is_direct ? largest : std::max(largest, domain.memory);
        }
        return largest;
    }
    /// Above the RAM of all domains, at an address that is easy to read.
    GuestAddress low_start() const {
        const u64 ram = std::min(largest_ram(), guest_layout::ram_bank0.size());
        return GuestAddress(align_up((guest_layout::ram_bank0.start() + ram).raw(), 256 * MiB));
    }
    GuestAddress high_start() const {
        const u64 low = guest_layout::ram_bank0.size();
        const u64 ram = largest_ram() > low ? largest_ram() - low : 0;
        return GuestAddress(align_up((guest_layout::ram_bank1.start() + ram).raw(), GiB));
    }

    /// The first such range from `next` on that no given one overlaps.
    std::optional<GuestRange> free_from(GuestAddress next, const MakeRegion& region) const {
        while (true) {
            const GuestAddress start(align_up(next.raw(), alignment_of(region)));
            const auto range = GuestRange::from(start, region.size);
            const auto in_the_way = std::ranges::find_if(
                given_, [&](const GuestRange& given) { return range && range->overlaps(given); });
            if (in_the_way == given_.end()) {
                return range;
            }
            next = in_the_way->end();
        }
    }

    /// Nothing when they do not fit.
    std::optional<std::vector<GuestAddress>> choose_between(GuestAddress next,
                                                            GuestAddress end) const {
        std::vector<GuestAddress> starts;
        for (const MakeRegion& region : config_.regions) {
            if (region.guest) {
                starts.push_back(*region.guest);
                continue;
            }
            const auto range = free_from(next, region);
            if (!range || end < range->end()) {
                return std::nullopt;
            }
            starts.push_back(range->start());
            next = range->end();
        }
        return starts;
    }

    const MakeConfig& config_;
    std::vector<GuestRange> given_;
};

GuestAddress start_of(const MakeConfig& config, const MakeUse& use, const HostRange& host,
                      GuestAddress common) {
    const u64 offset = use.offset.value_or(0);
    if (use.guest) {
        return *use.guest;
    }
    if (config.domain(use.domain)->is_direct && !host.empty()) {
        return GuestAddress(host.start().raw() + offset);
    }
    return common + offset;
}

}  // namespace

void place_in_guests(const MakeConfig& config, std::vector<PlacedRegion>& regions,
                     std::string& errors) {
    const auto error = [&](Line line, const std::string& what) {
        errors += config.file.string() + ":" + std::to_string(line) + ": " + what + "\n";
    };
    const std::vector<GuestAddress> common = GuestPlaces(config).choose();
    for (usize i = 0; i < regions.size(); ++i) {
        const MakeRegion& region = config.regions[i];
        for (const MakeUse& use : region.uses) {
            const GuestAddress start = start_of(config, use, regions[i].host, common[i]);
            const auto range = GuestRange::from(start, use.size);
            if (!range) {
                error(use.line, "no guest has addresses for a region of this size and place");
            }
            for (usize j = 0; j < regions[i].guests.size(); ++j) {
                if (region.uses[j].domain == use.domain && regions[i].guests[j].start() == start) {
                    error(use.line, "domain " + use.domain +
                                        " has two windows of this region at one guest address");
                }
            }
            regions[i].guests.push_back(range.value_or(GuestRange{}));
        }
    }
}

}  // namespace isthmus::tools
