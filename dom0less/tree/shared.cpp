// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/shared.hpp"

#include "dom0less/tree/signals.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::dom0less {
namespace {

using shm::Presentation;

/// Addresses and sizes in turn.
using RegList = StaticVector<u64, 2 * most_memory_entries>;

/// Entries that go on where the last one ends are one; what does not fit is dropped, and the rules
/// keep that from happening.
void add_entry(RegList& reg, GuestRange range) {
    const usize size = reg.size();
    if (size != 0 && reg[size - 2] + reg[size - 1] == range.start().raw()) {
        reg[size - 1] += range.size();
        return;
    }
    if (reg.push_back(range.start().raw())) {
        static_cast<void>(reg.push_back(range.size()));
    }
}

void write_id(fdt::TreeWriter& tree, const shm::RegionPlan& region) {
    if (region.dialect == shm::RegionPlan::Dialect::text) {
        tree.text("xen,id", region.id);
    } else {
        tree.cells("xen,id", {region.id_cell});
    }
}

void write_range(fdt::TreeWriter& tree, fdt::CellCounts cells, GuestRange range) {
    const std::array<u64, 2> pair{range.start().raw(), range.size()};
    write_reg(tree, cells, pair);
}

void write_statistics(fdt::TreeWriter& tree, GuestRange range, fdt::CellCounts cells) {
    tree.begin_node("isthmus-statistics", range.start().raw());
    tree.text("compatible", "isthmus,statistics-v1");
    write_range(tree, cells, range);
    tree.empty("no-map");
    tree.end_node();
}

}  // namespace

void write_memory(fdt::TreeWriter& tree, const DomainPlan& domain, fdt::CellCounts cells) {
    RegList reg;
    for (const MappingPlan& mapping : domain.mappings) {
        if (is_private_ram(mapping)) {
            add_entry(reg, mapping.guest);
        }
    }
    if (reg.empty()) {
        return;
    }
    tree.begin_node("memory", reg[0]);
    for (const shm::SharedViewPlan& view : domain.views) {
        if (view.presentation == Presentation::xen) {
            // Upstream lists each region by itself, adjoining RAM or not.
            if (reg.push_back(view.guest.start().raw())) {
                static_cast<void>(reg.push_back(view.guest.size()));
            }
        }
    }
    tree.text("device_type", "memory");
    write_reg(tree, cells, reg.items());
    tree.end_node();
}

void write_reserved_memory(fdt::TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                           const TreeContext& context) {
    const fdt::CellCounts cells = context.cells;
    if (domain.views.empty() && domain.xen.console.empty()) {
        return;
    }
    tree.begin_node("reserved-memory");
    tree.empty("ranges");
    tree.cells("#address-cells", {cells.address});
    tree.cells("#size-cells", {cells.size});
    write_console_page(tree, domain, cells);
    write_regions(tree, plan, domain, context);
    tree.end_node();
}

void write_regions(fdt::TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                   const TreeContext& context) {
    for (const shm::SharedViewPlan& view : domain.views) {
        const shm::RegionPlan& region = plan.regions[view.region];
        if (region.role == shm::RegionPlan::Role::statistics) {
            write_statistics(tree, view.guest, context.cells);
        }
        if (region.is_system()) {
            continue;  // a status page is shown by the region that it is about
        }
        tree.begin_node("xen-shmem", view.guest.start().raw());
        tree.text("compatible", "xen,shared-memory-v1");
        write_range(tree, context.cells, view.guest);
        write_id(tree, region);
        tree.cells64("xen,offset", {view.offset});
        if (view.presentation != Presentation::xen) {
            tree.empty("no-map");
        }
        if (!view.writable) {
            tree.text("isthmus,access", "ro");
        }
        write_region_signals(tree, plan, domain, view, context);
        tree.end_node();
    }
}

void write_pmem(fdt::TreeWriter& tree, const DomainPlan& domain, fdt::CellCounts cells) {
    for (const shm::SharedViewPlan& view : domain.views) {
        if (view.presentation == Presentation::pmem) {
            tree.begin_node("pmem", view.guest.start().raw());
            tree.text("compatible", "pmem-region");
            write_range(tree, cells, view.guest);
            tree.empty("volatile");
            tree.end_node();
        }
    }
}

}  // namespace isthmus::dom0less
