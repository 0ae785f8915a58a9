// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/budget.hpp"

#include "dom0less/plan/rules.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "dom0less/tree/tree_size.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

/// A stretch that holds an aligned block for the largest object, a guest's tree while it is
/// written.
constexpr u64 largest_object = 2 * guest_tree_bytes;

u64 total_ram(const fdt::HostDescription& host) {
    u64 sum = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        sum += bank.range.size();
    }
    return sum;
}

u64 tables_for(u64 bytes) {
    return bytes / page_size * heap_cost::mapped_page;
}

/// Its tree stays, for when it is restarted. Dom0 is not.
u64 kept_tree(const DomainConfig& domain) {
    const u64 bootargs = domain.kernel ? domain.kernel->bootargs.size() : 0;
    const u64 partial = domain.partial_tree != nullptr ? domain.partial_tree->total_size() : 0;
    return domain.is_dom0()
               ? 0
               : kept_tree_bytes({bootargs, domain.cpus, domain.shared.size(), partial});
}

/// Its RAM is in two banks, or in as many stretches as its addresses on the host have; and all of
/// it is in Isthmus's map, too, while the guest is built.
u64 domain_cost(const DomainConfig& domain) {
    const bool has_calls = domain.has_xen_interface || !domain.channels.empty();
    const u64 calls = has_calls ? heap_cost::xen + domain.cpus * heap_cost::xen_vcpu +
                                      domain.channels.size() * heap_cost::channel
                                : 0;
    return heap_cost::domain + domain.cpus * heap_cost::vcpu + calls + kept_tree(domain) +
           tables_for(domain.memory_bytes) +
           (2 + domain.static_mem.size()) * 2 * heap_cost::stretch;
}

/// Its registers are mapped in as many stretches as there are windows, at worst, and its RAM lies
/// in as many as there are between holes.
u64 dom0_cost(const PlanInput& input, usize holes) {
    usize windows = 0;
    for (const HostDevice& device : input.config.devices) {
        windows += device.windows.size();
    }
    return (windows + holes + input.host.reserved.size()) * 2 * heap_cost::stretch;
}

/// Both factors are bounded: sizes by the guest's address space, members by a limit. Its pages are
/// a stretch for Isthmus, too, and split one that was free.
u64 region_cost(const shm::RegionDraft& region) {
    return region.members.size() * (tables_for(region.size) + heap_cost::stretch) +
           2 * heap_cost::stretch;
}

/// The largest of all modules; nullptr when there is none.
const ModuleConfig* largest_module(std::span<const DomainConfig> domains) {
    const ModuleConfig* largest = nullptr;
    for (const DomainConfig& domain : domains) {
        for (const auto* module : {&domain.kernel, &domain.ramdisk}) {
            if (*module && (largest == nullptr || (*module)->host.size() > largest->host.size())) {
                largest = &**module;
            }
        }
    }
    return largest;
}

/// Counts who has got how much.
class Account {
  public:
    /// `largest`: of the modules. It is named when it takes more than is left for all the rest.
    Account(u64 free, const MemoryBudget& budget, const ModuleConfig* largest, Findings& findings)
        : free_(free),
          usable_(free > budget.heap() ? free - budget.heap() : 0),
          budget_(budget),
          blamed_(largest != nullptr && largest->host.size() > free ? largest : nullptr),
          findings_(findings) {}

    void spend(const DomainConfig& domain) {
        if (take(domain.memory_bytes)) {
            return;
        }
        const u64 fits = budget_.most(domain, free_ - used_);
        if (blamed_ != nullptr) {
            findings_.add_other(rules::out_of_memory, domain.path, {}, blamed_->path,
                                "{} of RAM wanted, but {} are all that is free beside the module "
                                "{}, which has {}; {} would fit",
                                byte_size(domain.memory_bytes), byte_size(free_), blamed_->path,
                                byte_size(blamed_->host.size()), byte_size(fits));
            return;
        }
        findings_.add(rules::out_of_memory, domain.path, {},
                      "{} of RAM wanted, but {} of the {} that are free are given to others and {} "
                      "are kept for the heap; {} would fit",
                      byte_size(domain.memory_bytes), byte_size(used_), byte_size(free_),
                      byte_size(budget_.heap()), byte_size(fits));
    }
    void spend(const shm::RegionDraft& region) {
        if (!take(region.size)) {
            findings_.add(rules::out_of_memory, region.path, {},
                          "{} of RAM wanted, but {} of the {} that are free are given to others "
                          "and {} are kept for the heap",
                          byte_size(region.size), byte_size(used_), byte_size(free_),
                          byte_size(budget_.heap()));
        }
    }
    bool enough() const { return enough_; }

  private:
    bool take(u64 size) {
        const bool fits = size <= usable_ - used_;
        used_ += fits ? size : 0;
        enough_ &= fits;
        return fits;
    }

    u64 free_;
    u64 usable_;
    u64 used_ = 0;
    bool enough_ = true;
    const MemoryBudget& budget_;
    const ModuleConfig* blamed_;
    Findings& findings_;
};

}  // namespace

MemoryBudget::MemoryBudget(const PlanInput& input, std::span<const shm::RegionDraft> regions,
                           usize claims)
    : ram_(total_ram(input.host)) {
    // Each hole splits the heap, and what is placed in it: two more stretches for Isthmus to map.
    const u64 holes = input.host.memory.size() + input.host.reserved.size() + claims;
    needed_ = heap_cost::isthmus + ram_ / page_size * heap_cost::frame +
              input.host.cpus.size() * heap_cost::cpu + holes * 2 * heap_cost::stretch;
    for (const DomainConfig& domain : input.config.domains) {
        needed_ += domain_cost(domain);
        needed_ += domain.is_dom0() ? dom0_cost(input, holes) : 0;
        for (const AssignedDeviceConfig& device : domain.assigned) {
            needed_ += device.windows.size() * 2 * heap_cost::stretch;
        }
    }
    needed_ += input.host.smmus.size() * heap_cost::smmu;
    needed_ += input.host.gic ? input.host.gic->redistributors.size() * 2 * page_size : 0;
    for (const fdt::MemoryBank& bank : input.host.memory) {
        needed_ += (bank.range.size() / (512 * GiB) + 2) * page_size;
    }
    for (const HostDevice& device : input.config.devices) {
        for (const fdt::StreamRange& range : device.streams.ranges) {
            needed_ += (u64{range.count} + 64) * heap_cost::stream;
        }
    }
    for (const shm::RegionDraft& region : regions) {
        needed_ += region_cost(region);
    }
}

u64 MemoryBudget::heap_for(u64 needed) const {
    u64 least = ram_ / 50 > 8 * MiB ? ram_ / 50 : 8 * MiB;
    least = needed > least ? needed : least;
    return align_up(least, page_size);
}

u64 MemoryBudget::heap_piece() const {
    return align_up(ram_ / page_size * heap_cost::frame, page_size) + largest_object;
}

u64 MemoryBudget::most(const DomainConfig& domain, u64 available) const {
    const u64 others = needed_ - tables_for(domain.memory_bytes);
    u64 low = 0;
    u64 high = available / page_size + 1;
    while (high - low > 1) {
        const u64 middle = low + (high - low) / 2;
        const u64 size = middle * page_size;
        (size + heap_for(others + tables_for(size)) <= available ? low : high) = middle;
    }
    return low * page_size;
}

bool check_enough(const PlanInput& input, std::span<const shm::RegionDraft> regions,
                  const MemoryBudget& budget, u64 free, Findings& findings) {
    Account account(free, budget, largest_module(input.config.domains), findings);
    for (const DomainConfig& domain : input.config.domains) {
        if (!domain.has_static_mem) {
            account.spend(domain);
        }
    }
    for (const shm::RegionDraft& region : regions) {
        if (!region.host) {
            account.spend(region);
        }
    }
    return account.enough();
}

}  // namespace isthmus::dom0less
