// SPDX-License-Identifier: Apache-2.0
#include "core/boot/load_guest.hpp"

#include <cstring>

#include "core/memory/machine_memory.hpp"
#include "core/memory/module_view.hpp"
#include "dom0less/kernel/compressed_kernel.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "isthmus/arch/host_map.hpp"

namespace isthmus::core {
namespace {

/// Shows a domain's private RAM in Isthmus's map for as long as it lives.
class GuestRam {
  public:
    explicit GuestRam(const dom0less::DomainPlan& domain) : domain_(domain) {}
    ~GuestRam() { close(); }
    GuestRam(const GuestRam&) = delete;
    GuestRam& operator=(const GuestRam&) = delete;

    Result<void> open() {
        for (const dom0less::MappingPlan& mapping : domain_.mappings) {
            if (is_private_ram(mapping)) {
                ISTHMUS_TRY(arch::map_host(host_range(mapping), arch::HostAccess::read_write));
                ++opened_;
                arch::zero_host(host_range(mapping));
            }
        }
        return {};
    }

    /// The range must lie in private RAM, which the plan has seen to.
    Result<void> write(GuestAddress to, std::span<const std::byte> bytes, bool code = false) {
        for (const dom0less::MappingPlan& mapping : domain_.mappings) {
            if (bytes.empty()) {
                break;
            }
            if (!is_private_ram(mapping) || !mapping.guest.contains(to)) {
                continue;
            }
            const u64 offset = to - mapping.guest.start();
            const u64 room = mapping.guest.size() - offset;
            const u64 count = bytes.size() < room ? bytes.size() : room;
            std::memcpy(arch::host_pointer(mapping.host + offset), bytes.data(), count);
            if (code) {
                arch::publish_code(*HostRange::from(mapping.host + offset, count));
            }
            to += count;
            bytes = {bytes.data() + count, bytes.size() - count};
        }
        return bytes.empty() ? Result<void>() : fail(Error::out_of_range);
    }

  private:
    void close() {
        for (const dom0less::MappingPlan& mapping : domain_.mappings) {
            if (opened_ != 0 && is_private_ram(mapping)) {
                --opened_;
                arch::publish_host(host_range(mapping));
                check(arch::unmap_host(host_range(mapping)).has_value(), "closing guest RAM");
            }
        }
    }

    const dom0less::DomainPlan& domain_;
    usize opened_ = 0;
};

/// Takes a kernel piece by piece, as it is decompressed.
class KernelSink final : public dom0less::ByteSink {
  public:
    KernelSink(GuestRam& ram, GuestAddress to, u64 bytes) : ram_(ram), to_(to), left_(bytes) {}

    bool write(std::span<const std::byte> bytes) override {
        const u64 count = bytes.size() < left_ ? bytes.size() : left_;
        result_ = ram_.write(to_, bytes.first(count), true);
        to_ += count;
        left_ -= count;
        return result_.has_value();
    }
    Result<void> result() const { return result_; }

  private:
    GuestRam& ram_;
    GuestAddress to_;
    u64 left_;
    Result<void> result_;
};

LoadedGuest loaded_as(const dom0less::KernelPlacement& place, const dom0less::KernelFile& file) {
    return {
        .entry = place.entry,
        .load = place.load,
        .kernel_bytes = place.copy_bytes,
        .content = *HostRange::from(arch::host_address(file.content.data()), file.content.size()),
        .is_gzip = file.is_gzip,
        .tree = {}};
}

Result<LoadedGuest> unpack_kernel(const dom0less::DomainPlan& domain,
                                  const dom0less::KernelFile& file, dom0less::Gunzip& gunzip,
                                  GuestRam& ram) {
    const auto image = ISTHMUS_TRY(dom0less::probe_compressed(file, gunzip));
    const auto place = ISTHMUS_TRY(dom0less::place_kernel(domain, image, image.image_size));
    KernelSink sink(ram, place.load, place.copy_bytes);
    if (gunzip.run(file.content, sink) != dom0less::Unpacked::done) {
        return fail(sink.result() ? Error::invalid_argument : sink.result().error());
    }
    return loaded_as(place, file);
}

/// Error: invalid_argument when the module has changed since dom0less::KernelChecker saw it.
Result<LoadedGuest> load_compressed(const dom0less::DomainPlan& domain,
                                    const dom0less::KernelFile& file, GuestRam& ram) {
    constexpr unsigned order = mm::order_for(sizeof(dom0less::Gunzip));
    const HostAddress pages = ISTHMUS_TRY(allocate_pages(order));
    auto* gunzip = new (arch::host_pointer(pages)) dom0less::Gunzip;
    const auto loaded = unpack_kernel(domain, file, *gunzip, ram);
    free_pages(pages, order);
    return loaded;
}

Result<LoadedGuest> load_kernel(const dom0less::DomainPlan& domain, GuestRam& ram) {
    ModuleView view(domain.kernel.host);
    const std::span<const std::byte> module = ISTHMUS_TRY(view.open());
    const auto file = dom0less::open_kernel(module, module.size());
    if (!file) {
        return fail(Error::invalid_argument);  // it has changed since it was checked
    }
    if (file->is_gzip) {
        return load_compressed(domain, *file, ram);
    }
    const dom0less::KernelImage image =
        ISTHMUS_TRY(dom0less::probe_content(*file, file->content, file->size));
    const dom0less::KernelPlacement place =
        ISTHMUS_TRY(dom0less::place_kernel(domain, image, file->size));
    ISTHMUS_TRY(ram.write(place.load, file->content.first(place.copy_bytes), true));
    return loaded_as(place, *file);
}

Result<void> load_ramdisk(const dom0less::DomainPlan& domain, GuestRam& ram) {
    if (!domain.ramdisk) {
        return {};
    }
    ModuleView view(domain.ramdisk->host);
    const std::span<const std::byte> module = ISTHMUS_TRY(view.open());
    return ram.write(domain.ramdisk_target.start(), module);
}

using KeptTree = std::span<const std::byte>;

/// A copy in pages of the heap.
Result<KeptTree> keep_tree(KeptTree tree) {
    const HostAddress pages = ISTHMUS_TRY(allocate_pages(mm::order_for(tree.size())));
    const std::span<std::byte> copy(arch::host_pointer(pages), tree.size());
    std::memcpy(copy.data(), tree.data(), tree.size());
    return KeptTree(copy);
}

Result<KeptTree> put_tree(const dom0less::DomainPlan& domain, KeptTree tree, GuestRam& ram) {
    ISTHMUS_TRY(ram.write(domain.tree_target.start(), tree));
    return domain.health.can_restart ? keep_tree(tree) : KeptTree();
}

/// Writes the tree in a buffer of 2^order pages and copies it. Error: out_of_memory when the buffer
/// is too small.
Result<KeptTree> load_tree_through(unsigned order, const dom0less::DomainPlan& domain,
                                   const dom0less::Plan& plan, const fdt::HostDescription& host,
                                   GuestRam& ram) {
    const HostAddress pages = ISTHMUS_TRY(allocate_pages(order));
    const std::span<std::byte> buffer(arch::host_pointer(pages), page_size << order);
    const auto tree = dom0less::write_guest_tree(plan, domain, host, buffer);
    const Result<KeptTree> kept = tree ? put_tree(domain, *tree, ram) : fail(tree.error());
    free_pages(pages, order);
    return kept;
}

/// Most trees are small, and libfdt clears the whole buffer first: the full size comes second.
Result<KeptTree> load_tree(const dom0less::DomainPlan& domain, const dom0less::Plan& plan,
                           const fdt::HostDescription& host, GuestRam& ram) {
    constexpr unsigned small = mm::order_for(16 * KiB);
    constexpr unsigned full = mm::order_for(dom0less::guest_tree_bytes);
    const Result<KeptTree> kept = load_tree_through(small, domain, plan, host, ram);
    if (!kept && kept.error() == Error::out_of_memory) {
        return load_tree_through(full, domain, plan, host, ram);
    }
    return kept;
}

}  // namespace

Result<LoadedGuest> load_guest(const dom0less::DomainPlan& domain, const dom0less::Plan& plan,
                               const fdt::HostDescription& host) {
    GuestRam ram(domain);
    ISTHMUS_TRY(ram.open());
    LoadedGuest loaded = ISTHMUS_TRY(load_kernel(domain, ram));
    ISTHMUS_TRY(load_ramdisk(domain, ram));
    loaded.tree = ISTHMUS_TRY(load_tree(domain, plan, host, ram));
    return loaded;
}

}  // namespace isthmus::core
