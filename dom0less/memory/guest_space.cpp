// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/guest_space.hpp"

#include <algorithm>

#include "dom0less/emulated/kind.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/direct_map.hpp"
#include "fdt/interrupts.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u64 tree_room = 2 * MiB;
constexpr u64 least_kernel_window = 2 * MiB;
/// Kernels of every version and page size find their tree and ramdisk in the first 512 MiB.
constexpr u64 images_end = 512 * MiB;
/// Where a ramdisk may end for which that is too little: kernel and ramdisk in 32 GiB that begin at
/// a whole GiB (Linux, Documentation/arch/arm64/booting.rst), wherever in its GiB the kernel is.
constexpr u64 large_ramdisk_end = 31 * GiB;
/// SPIs when the domain's node does not say: those that the machine's tree knows of, at least one
/// register's worth. What the host's controller has is known only to the machine, not to the plan.
constexpr u32 least_spis = 32;

u32 default_spis(const fdt::HostDescription& host) {
    return host.spis > least_spis ? host.spis : least_spis;
}

GuestRange range(GuestAddress start, u64 size) {
    return *GuestRange::from(start, size);
}

/// The lowest stretch of RAM with room for all images, in whole blocks of 2 MiB and no longer than
/// `longest`.
std::optional<GuestRange> find_stretch(std::span<const GuestRange> ram, u64 ramdisk, u64 longest) {
    constexpr u64 fixed = tree_room + least_kernel_window;
    // The ramdisk starts on a page, or if the tree lies behind the kernel, at a block.
    const u64 step = longest == images_end ? page_size : tree_room;
    for (const GuestRange& part : ram) {
        const GuestRange whole = part.inner_aligned(tree_room);
        const u64 size = whole.size() < longest ? whole.size() : longest;
        if (size >= fixed && ramdisk <= size - fixed && align_up(ramdisk, step) <= size - fixed) {
            return range(whole.start(), size);
        }
    }
    return std::nullopt;
}

/// Kernel, ramdisk, tree; if that is longer than images_end, the ramdisk comes last.
ImageLayout lay_out(GuestRange stretch, u64 ramdisk) {
    const GuestAddress start = stretch.start();
    const GuestAddress end = stretch.end();
    if (stretch.size() <= images_end) {
        const GuestRange tree = range(end - tree_room, tree_room);
        const GuestAddress at = (tree.start() - ramdisk).align_down(page_size);
        return {*GuestRange::between(start, at), range(at, ramdisk), tree};
    }
    const GuestAddress at = (end - ramdisk).align_down(tree_room);
    const GuestAddress tree_end = at < start + images_end ? at : start + images_end;
    const GuestRange tree = range(tree_end - tree_room, tree_room);
    return {*GuestRange::between(start, tree.start()), range(at, ramdisk), tree};
}

/// As many as there are vCPUs.
GuestRange redistributors_at(GuestRange window, u32 vcpus) {
    const u64 size = redistributor_bytes * vcpus;
    return range(window.start(), size < window.size() ? size : window.size());
}

void add_devices(const Emulation& emulation, ArenaVector<shm::GuestUse>& uses) {
    for (const EmulatedDevicePlan& device : emulation.devices) {
        for (const GuestRange& frame : device.registers) {
            uses.push_back({frame, device_kind(device.kind).what});
        }
    }
}

void add_fixtures(const DomainConfig& domain, const Emulation& emulation,
                  ArenaVector<shm::GuestUse>& uses, Arena& arena) {
    for (const GuestRange& ram : guest_ram(domain, arena)) {
        uses.push_back({ram, "RAM"});
    }
    const GuestGicPlan& gic = emulation.gic;
    uses.push_back({gic.distributor, "the interrupt controller"});
    uses.push_back(
        {gic.version == 2 ? gic.cpu_interface : gic.redistributors, "the interrupt controller"});
    if (!emulation.xen.grants.empty()) {
        uses.push_back({emulation.xen.grants, "the grant tables of Xen's interface"});
    }
    add_devices(emulation, uses);
    for (const GuestRange& page : emulation.status_pages) {
        uses.push_back({page, "the status page of a region"});
    }
    if (emulation.statistics) {
        uses.push_back({*emulation.statistics, "the statistics region"});
    }
}

}  // namespace

std::span<const GuestRange> joined(std::span<GuestRange> ranges) {
    usize last = 0;
    for (usize i = 1; i < ranges.size(); ++i) {
        if (ranges[last].end() == ranges[i].start()) {
            ranges[last] = *GuestRange::between(ranges[last].start(), ranges[i].end());
        } else {
            ranges[++last] = ranges[i];
        }
    }
    return ranges.empty() ? ranges : ranges.first(last + 1);
}

GuestRange ram_in_bank0(u64 memory_bytes) {
    const GuestRange bank = guest_layout::ram_bank0;
    return range(bank.start(), memory_bytes < bank.size() ? memory_bytes : bank.size());
}

GuestRange ram_in_bank1(u64 memory_bytes) {
    const u64 low = guest_layout::ram_bank0.size();
    return range(guest_layout::ram_bank1.start(), memory_bytes > low ? memory_bytes - low : 0);
}

std::span<const GuestRange> guest_ram(const DomainConfig& domain, Arena& arena) {
    ArenaVector<GuestRange> ram(arena);
    if (!domain.direct_map) {
        for (const GuestRange bank :
             {ram_in_bank0(domain.memory_bytes), ram_in_bank1(domain.memory_bytes)}) {
            if (!bank.empty()) {
                ram.push_back(bank);
            }
        }
        return ram.items();
    }
    for (const HostRange& host : domain.static_mem) {
        usize at = ram.size();
        while (at > 0 && host.start().raw() < ram[at - 1].start().raw()) {
            --at;
        }
        ram.insert(at, range(GuestAddress(host.start().raw()), host.size()));
    }
    return joined(ram.items());
}

GuestGicPlan plan_gic(const fdt::HostDescription& host, const DomainConfig& domain,
                      const Emulation& emulation) {
    GuestGicPlan gic;
    gic.version = host.gic ? host.gic->version : u8{3};
    if (gic.version == 2) {
        gic.distributor = guest_layout::gicv2_distributor;
        gic.cpu_interface = guest_layout::gicv2_cpu_interface;
    } else {
        gic.distributor = guest_layout::gicv3_distributor;
        gic.redistributors = redistributors_at(guest_layout::gicv3_redistributors, domain.cpus);
    }
    if (domain.direct_map && host.gic) {
        move_to_machine(*host.gic, domain.cpus, gic);
        if (!domain.is_dom0()) {  // whose tree is the machine's
            gic.redistributors = redistributors_at(gic.redistributors, domain.cpus);
        }
    }
    u32 spis = domain.nr_spis.value_or(default_spis(host));
    const auto need = [&](u32 intid) {
        const u32 needed = intid - fdt::first_spi + 1;
        spis = spis < needed ? needed : spis;
    };
    for (const EmulatedDevicePlan& device : emulation.devices) {
        std::ranges::for_each(device.interrupts, need);
    }
    for (const DoorbellPlan& bell : emulation.doorbells) {
        need(bell.intid);
    }
    gic.spis = static_cast<u32>(align_up(spis, 32));
    return gic;
}

std::span<const shm::GuestUse> guest_fixtures(const DomainConfig& domain,
                                              const Emulation& emulation, Arena& arena) {
    ArenaVector<shm::GuestUse> uses(arena);
    add_fixtures(domain, emulation, uses, arena);
    return uses.items();
}

std::span<const shm::GuestUse> guest_uses(const DomainConfig& domain, const Emulation& emulation,
                                          Arena& arena) {
    ArenaVector<shm::GuestUse> uses(arena);
    add_fixtures(domain, emulation, uses, arena);
    for (const AssignedDeviceConfig& device : domain.assigned) {
        for (const DeviceWindowConfig& window : device.windows) {
            uses.push_back({range(window.guest, window.host.size()), "an assigned device"});
        }
    }
    return uses.items();
}

std::span<const GuestRange> without_console(std::span<const GuestRange> ram, const XenPlan& xen,
                                            Arena& arena) {
    ArenaVector<GuestRange> rest(arena);
    for (const GuestRange& part : ram) {
        const bool has_it = !xen.console.empty() && part.contains(xen.console);
        rest.push_back(has_it ? *GuestRange::between(part.start(), xen.console.start()) : part);
    }
    return rest.items();
}

ImageLayout plan_images(const DomainConfig& domain, std::span<const GuestRange> ram,
                        Findings& findings) {
    const u64 ramdisk = domain.ramdisk ? domain.ramdisk->host.size() : 0;
    auto stretch = find_stretch(ram, ramdisk, images_end);
    if (!stretch) {
        stretch = find_stretch(ram, ramdisk, large_ramdisk_end);
    }
    if (!stretch) {
        findings.add(rules::memory_small, domain.path, "memory",
                     "{} of RAM do not hold, in one piece, a tree ({}), a ramdisk ({} bytes) and a "
                     "kernel (at least {})",
                     byte_size(domain.memory_bytes), byte_size(tree_room), ramdisk,
                     byte_size(least_kernel_window));
        return {};
    }
    ImageLayout layout = lay_out(*stretch, ramdisk);
    if (!domain.ramdisk) {
        layout.ramdisk_target = {};
    }
    return layout;
}

}  // namespace isthmus::dom0less
