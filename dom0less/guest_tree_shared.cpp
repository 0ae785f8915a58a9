// SPDX-License-Identifier: Apache-2.0
#include "dom0less/guest_tree_shared.hpp"

#include "isthmus/limits.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::dom0less {
namespace {

using shm::Presentation;

/// `reg` entries, two cells each for address and size. Two RAM banks, and at most one entry a view.
using RegList = StaticVector<u64, 2 * (2 + limits::shm_regions)>;

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

}  // namespace

void write_memory(fdt::TreeWriter& tree, const DomainPlan& domain) {
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
    tree.cells64("reg", reg.items());
    tree.end_node();
}

void write_reserved_memory(fdt::TreeWriter& tree, const Plan& plan, const DomainPlan& domain) {
    if (domain.views.empty()) {
        return;
    }
    tree.begin_node("reserved-memory");
    tree.empty("ranges");
    tree.cells("#address-cells", {2});
    tree.cells("#size-cells", {2});
    for (const shm::SharedViewPlan& view : domain.views) {
        tree.begin_node("xen-shmem", view.guest.start().raw());
        tree.text("compatible", "xen,shared-memory-v1");
        tree.cells64("reg", {view.guest.start().raw(), view.guest.size()});
        write_id(tree, plan.regions[view.region]);
        tree.cells64("xen,offset", {view.offset});
        if (view.presentation != Presentation::xen) {
            tree.empty("no-map");
        }
        tree.end_node();
    }
    tree.end_node();
}

void write_pmem(fdt::TreeWriter& tree, const DomainPlan& domain) {
    for (const shm::SharedViewPlan& view : domain.views) {
        if (view.presentation == Presentation::pmem) {
            tree.begin_node("pmem", view.guest.start().raw());
            tree.text("compatible", "pmem-region");
            tree.cells64("reg", {view.guest.start().raw(), view.guest.size()});
            tree.empty("volatile");
            tree.end_node();
        }
    }
}

}  // namespace isthmus::dom0less
