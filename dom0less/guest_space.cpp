// SPDX-License-Identifier: Apache-2.0
#include "dom0less/guest_space.hpp"

#include "dom0less/rules.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u64 tree_room = 2 * MiB;
constexpr u64 least_kernel_window = 2 * MiB;
/// Kernels of every version and page size find their tree and ramdisk in the first 512 MiB.
constexpr u64 images_end = 512 * MiB;
/// SPIs when the tree does not say: one register's worth, which has room for the UART and the
/// virtio window. What the host's controller has is known only to the machine, not to the plan.
constexpr u32 default_spis = 32;

GuestRange range(GuestAddress start, u64 size) {
    return *GuestRange::from(start, size);
}

}  // namespace

GuestRange ram_in_bank0(u64 memory_bytes) {
    const GuestRange bank = guest_layout::ram_bank0;
    return range(bank.start(), memory_bytes < bank.size() ? memory_bytes : bank.size());
}

GuestRange ram_in_bank1(u64 memory_bytes) {
    const u64 low = guest_layout::ram_bank0.size();
    return range(guest_layout::ram_bank1.start(), memory_bytes > low ? memory_bytes - low : 0);
}

GuestGicPlan plan_gic(u8 version, const DomainConfig& domain) {
    GuestGicPlan gic;
    gic.version = version;
    if (version == 2) {
        gic.distributor = guest_layout::gicv2_distributor;
        gic.cpu_interface = guest_layout::gicv2_cpu_interface;
    } else {
        gic.distributor = guest_layout::gicv3_distributor;
        gic.redistributors = guest_layout::gicv3_redistributors;
    }
    u32 spis = domain.nr_spis.value_or(default_spis);
    if (spis == 0 && domain.vpl011) {
        spis = 1;
    }
    gic.spis = static_cast<u32>(align_up(spis, 32));
    return gic;
}

std::span<const shm::GuestUse> guest_uses(const DomainConfig& domain, u8 gic_version,
                                          Arena& arena) {
    using namespace guest_layout;
    ArenaVector<shm::GuestUse> uses(arena);
    if (domain.direct_map) {
        for (const HostRange& host : domain.static_mem) {
            uses.push_back({range(GuestAddress(host.start().raw()), host.size()), "RAM"});
        }
    } else {
        uses.push_back({ram_in_bank0(domain.memory_bytes), "RAM"});
        uses.push_back({ram_in_bank1(domain.memory_bytes), "RAM"});
    }
    const GuestGicPlan gic = plan_gic(gic_version, domain);
    uses.push_back({gic.distributor, "the interrupt controller"});
    uses.push_back(
        {gic_version == 2 ? gic.cpu_interface : gic.redistributors, "the interrupt controller"});
    uses.push_back({uart, "the UART"});
    uses.push_back({virtio, "the virtio window"});
    uses.push_back({pci_config, "the PCI configuration window"});
    uses.push_back({pci_memory, "the PCI memory window"});
    uses.push_back({grant_frames, "the grant frame window"});
    uses.push_back({special_pages, "the special page window"});
    return uses.items();
}

ImageLayout plan_images(const DomainConfig& domain, Findings& findings) {
    const GuestAddress start = guest_layout::ram_bank0.start();
    const u64 ramdisk = domain.ramdisk ? domain.ramdisk->host.size() : 0;
    const u64 ram = ram_in_bank0(domain.memory_bytes).size();
    const u64 top = align_down(ram < images_end ? ram : images_end, tree_room);
    const u64 fixed = tree_room + least_kernel_window;
    // The ramdisk starts on a page, which may cost most of one.
    if (top < fixed || ramdisk > top - fixed || align_up(ramdisk, page_size) > top - fixed) {
        findings.add(rules::memory_small, domain.path, "memory",
                     "{} of RAM do not hold a tree ({}), a ramdisk ({} bytes) and a kernel (at "
                     "least {}) below {}",
                     byte_size(domain.memory_bytes), byte_size(tree_room), ramdisk,
                     byte_size(least_kernel_window), byte_size(images_end));
        return {};
    }
    ImageLayout layout;
    layout.tree_target = range(start + (top - tree_room), tree_room);
    const GuestAddress tree = layout.tree_target.start();
    const GuestAddress ramdisk_start = (tree - ramdisk).align_down(page_size);
    layout.kernel_window = *GuestRange::between(start, ramdisk_start);
    if (domain.ramdisk) {
        layout.ramdisk_target = range(ramdisk_start, ramdisk);
    }
    return layout;
}

}  // namespace isthmus::dom0less
