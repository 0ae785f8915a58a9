// SPDX-License-Identifier: Apache-2.0
#include "core/boot/load_guest.hpp"

#include <cstring>

#include "core/domain/refill.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/memory/module_view.hpp"
#include "dom0less/kernel/compressed_kernel.hpp"
#include "dom0less/memory/range_set.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "isthmus/arch/host_map.hpp"

namespace isthmus::core {
namespace {

LoadedGuest loaded_as(const dom0less::KernelPlacement& place, const dom0less::KernelFile& file) {
    return {
        .entry = place.entry,
        .load = place.load,
        .kernel_bytes = place.copy_bytes,
        .content = *HostRange::from(arch::host_address(file.content.data()), file.content.size()),
        .is_gzip = file.is_gzip,
        .tree = {}};
}

Result<LoadedGuest> look_into(const dom0less::DomainPlan& domain, const dom0less::KernelFile& file,
                              dom0less::Gunzip& gunzip) {
    const auto image = ISTHMUS_TRY(dom0less::probe_compressed(file, gunzip));
    return loaded_as(ISTHMUS_TRY(dom0less::place_kernel(domain, image, image.image_size)), file);
}

Result<LoadedGuest> look_at_compressed(const dom0less::DomainPlan& domain,
                                       const dom0less::KernelFile& file) {
    constexpr unsigned order = mm::order_for(sizeof(dom0less::Gunzip));
    const HostAddress pages = ISTHMUS_TRY(allocate_pages(order));
    auto* gunzip = new (arch::host_pointer(pages)) dom0less::Gunzip;
    const auto found = look_into(domain, file, *gunzip);
    free_pages(pages, order);
    return found;
}

Result<LoadedGuest> look_at_kernel(const dom0less::DomainPlan& domain) {
    ModuleView view(domain.kernel.host);
    const std::span<const std::byte> module = ISTHMUS_TRY(view.open());
    const auto file = dom0less::open_kernel(module, module.size());
    if (!file) {
        return fail(Error::invalid_argument);  // it has changed since it was checked
    }
    if (file->is_gzip) {
        return look_at_compressed(domain, *file);
    }
    const dom0less::KernelImage image =
        ISTHMUS_TRY(dom0less::probe_content(*file, file->content, file->size));
    return loaded_as(ISTHMUS_TRY(dom0less::place_kernel(domain, image, file->size)), *file);
}

using KeptTree = std::span<const std::byte>;

/// A copy in pages of the heap.
Result<KeptTree> copy_tree(KeptTree tree) {
    const HostAddress pages = ISTHMUS_TRY(allocate_pages(mm::order_for(tree.size())));
    const std::span<std::byte> copy(arch::host_pointer(pages), tree.size());
    std::memcpy(copy.data(), tree.data(), tree.size());
    return KeptTree(copy);
}

/// Writes the tree in a buffer of 2^order pages and copies it. Error: out_of_memory when the buffer
/// is too small.
Result<KeptTree> write_tree_through(unsigned order, const dom0less::DomainPlan& domain,
                                    const dom0less::Plan& plan, const fdt::HostDescription& host) {
    const HostAddress pages = ISTHMUS_TRY(allocate_pages(order));
    const std::span<std::byte> buffer(arch::host_pointer(pages), page_size << order);
    const auto tree = dom0less::write_guest_tree(plan, domain, host, buffer);
    const Result<KeptTree> copy = tree ? copy_tree(*tree) : fail(tree.error());
    free_pages(pages, order);
    return copy;
}

/// Most trees are small, and libfdt clears the whole buffer first: the full size comes second.
Result<KeptTree> write_tree(const dom0less::DomainPlan& domain, const dom0less::Plan& plan,
                            const fdt::HostDescription& host) {
    constexpr unsigned small = mm::order_for(16 * KiB);
    constexpr unsigned full = mm::order_for(dom0less::guest_tree_bytes);
    const Result<KeptTree> tree = write_tree_through(small, domain, plan, host);
    if (!tree && tree.error() == Error::out_of_memory) {
        return write_tree_through(full, domain, plan, host);
    }
    return tree;
}

/// Two for each domain have room.
using Pages = dom0less::RangeSet<2 * limits::domains>;

/// The pages of all modules, each once: guests may share one, and two modules a page.
Pages module_pages(const dom0less::Plan& plan) {
    Pages all;
    for (const dom0less::DomainPlan& domain : plan.domains) {
        all.add(domain.kernel.host.outer_aligned(page_size));
        if (domain.ramdisk) {
            all.add(domain.ramdisk->host.outer_aligned(page_size));
        }
    }
    return all;
}

}  // namespace

Result<LoadedGuest> prepare_guest(const dom0less::DomainPlan& domain, const dom0less::Plan& plan,
                                  const fdt::HostDescription& host) {
    LoadedGuest found = ISTHMUS_TRY(look_at_kernel(domain));
    found.tree = ISTHMUS_TRY(write_tree(domain, plan, host));
    return found;
}

Result<void> fill_guest(Domain& domain) {
    Refill refill(Refill::Pace::at_once);
    Refill::Step step = Refill::Step::more;
    while (step == Refill::Step::more) {
        step = refill.step(domain);
    }
    LoadedGuest& loaded = domain.loaded;
    if (!domain.plan->health.can_restart) {
        free_pages(arch::host_address(loaded.tree.data()), mm::order_for(loaded.tree.size()));
        loaded.tree = {};
    }
    return step == Refill::Step::full ? Result<void>() : fail(Error::invalid_argument);
}

Result<void> show_modules(const dom0less::Plan& plan) {
    const Pages all = module_pages(plan);
    for (const HostRange& pages : all.items()) {
        ISTHMUS_TRY(arch::map_host(pages, arch::HostAccess::read_only));
    }
    return {};
}

Result<void> hide_modules(const dom0less::Plan& plan) {
    const Pages all = module_pages(plan);
    for (const HostRange& pages : all.items()) {
        ISTHMUS_TRY(arch::unmap_host(pages));
    }
    return {};
}

}  // namespace isthmus::core
