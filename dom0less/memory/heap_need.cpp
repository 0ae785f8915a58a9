// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/heap_need.hpp"

#include "dom0less/memory/budget.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "dom0less/tree/tree_size.hpp"
#include "isthmus/finding.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::dom0less {
namespace {

/// The most tables of a level that `bytes` of pages touch, wherever they begin.
u64 touched(u64 bytes, unsigned level) {
    const u64 span = mm::entry_span(level - 1);
    return (bytes + span - 2 * page_size) / span + 1;
}

/// At the ends of a stretch of RAM that is shown in blocks.
constexpr u64 ends = 2 * 2;

bool may_come_to_heap(const HostUsePlan& use) {
    return !use.is_static && (use.use == HostUse::domain_ram || use.use == HostUse::shared);
}

/// What has been a guest's may come into the map page by page, when it is given back.
u64 own_tables(const Plan& plan, const fdt::HostDescription& host) {
    u64 tables = 2 * (host.cpus.size() / 32 + 2);  // stacks, which are 64 KiB apart
    tables += host.gic ? 2 * (3 + host.gic->redistributors.size()) : 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        tables += touched(bank.range.size(), 1);
    }
    for (const HostUsePlan& use : plan.host_map) {
        tables += ends + (may_come_to_heap(use) ? use.range.size() / mm::entry_span(2) : 0);
    }
    for (const DomainPlan& domain : plan.domains) {
        for (const MappingPlan& mapping : domain.mappings) {
            tables += is_private_ram(mapping) ? ends : 0;
        }
    }
    return tables * page_size;
}

/// Tables of a level for one mapping. Where both addresses are equal within what such a table
/// spans, a block stands in its place, but for the two ends.
u64 tables_of(const MappingPlan& mapping, unsigned level) {
    const u64 most = touched(mapping.guest.size(), level);
    const u64 differing = mapping.guest.start().raw() ^ mapping.host.raw();
    const bool in_blocks = is_aligned(differing, mm::entry_span(level - 1));
    return in_blocks && most > 2 ? 2 : most;
}

u64 guest_tables(const DomainPlan& domain) {
    u64 tables = 0;
    for (const MappingPlan& mapping : domain.mappings) {
        tables += tables_of(mapping, 3) + tables_of(mapping, 2);
    }
    return tables * page_size;
}

u64 frame_table_bytes(const fdt::HostDescription& host) {
    u64 pages = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        pages += bank.range.pages();
    }
    return align_up(pages * heap_cost::frame, page_size);
}

const HostUsePlan* largest_heap_range(const Plan& plan) {
    const HostUsePlan* largest = nullptr;
    for (const HostUsePlan& use : plan.host_map) {
        if (use.use == HostUse::heap &&
            (largest == nullptr || use.range.size() > largest->range.size())) {
            largest = &use;
        }
    }
    return largest;
}

}  // namespace

u64 stream_bytes(const Plan& plan, usize smmu) {
    u64 bytes = heap_cost::smmu;
    for (const DomainPlan& domain : plan.domains) {
        for (const fdt::StreamRange& range : domain.streams) {
            bytes += range.smmu == smmu ? (u64{range.count} + 64) * heap_cost::stream : 0;
        }
    }
    return bytes;
}

HeapNeed count_heap(const Plan& plan, const fdt::HostDescription& host) {
    HeapNeed need;
    need.own_tables = own_tables(plan, host);
    need.stacks = host.cpus.size() * heap_cost::cpu;
    for (const DomainPlan& domain : plan.domains) {
        need.domains += heap_cost::domain + domain.vcpus.size() * heap_cost::vcpu;
        if (domain.xen.interface != XenInterface::none) {
            need.domains += heap_cost::xen + domain.vcpus.size() * heap_cost::xen_vcpu +
                            domain.xen.channels.size() * heap_cost::channel;
        }
        need.guest_tables += guest_tables(domain);
        need.kept_trees += domain.health.can_restart ? kept_tree_bytes(tree_parts(domain)) : 0;
    }
    for (usize smmu = 0; smmu < host.smmus.size(); ++smmu) {
        need.streams += stream_bytes(plan, smmu);
    }
    need.loading = guest_tree_bytes;
    return need;
}

u64 heap_capacity(const Plan& plan, const fdt::HostDescription& host) {
    const HostUsePlan* home = largest_heap_range(plan);
    u64 bytes = 0;
    for (const HostUsePlan& use : plan.host_map) {
        if (use.use == HostUse::heap) {
            const u64 taken = &use == home ? frame_table_bytes(host) : 0;
            const u64 first = align_up(use.range.start().raw() + taken, guest_tree_bytes);
            const u64 end = align_down(use.range.end().raw(), guest_tree_bytes);
            bytes += first < end ? end - first : 0;
        }
    }
    return bytes;
}

void check_heap_holds(const Plan& plan, const fdt::HostDescription& host, Findings& findings) {
    const u64 need = count_heap(plan, host).total();
    const u64 capacity = heap_capacity(plan, host);
    if (need > capacity) {
        findings.add(rules::out_of_memory, "/chosen", {},
                     "building what is planned takes {} of the heap, whose whole blocks of {} have "
                     "{}: RAM is in too many pieces",
                     byte_size(need), byte_size(guest_tree_bytes), byte_size(capacity));
    }
}

}  // namespace isthmus::dom0less
