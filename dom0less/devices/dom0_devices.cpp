// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/dom0_devices.hpp"

#include "dom0less/devices/dma.hpp"
#include "dom0less/devices/kept_ranges.hpp"
#include "dom0less/memory/free_memory.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

constexpr HostRange reachable() {
    return *HostRange::from(HostAddress(0), guest_layout::address_end);
}

GuestRange same_place(HostRange range) {
    return *GuestRange::between(GuestAddress(range.start().raw()), GuestAddress(range.end().raw()));
}

/// A set of pages.
class PageSet {
  public:
    explicit PageSet(Arena& arena) : set_(arena) {}

    void add(HostRange range) {
        const HostRange pages = range.outer_aligned(page_size).intersection(reachable());
        set_.remove(pages);
        set_.add(pages);
    }
    void remove(HostRange range) { set_.remove(range); }
    std::span<const HostRange> pieces() const { return set_.pieces(); }

  private:
    FreeMemory set_;
};

/// What Dom0 may not reach, whoever else has it.
template <class Visit>
void visit_barred(const PlanInput& input, const DeviceClaims& claims, Visit&& visit) {
    visit_kept(input, [&](const KeptRange& kept) {
        visit(kept.range.outer_aligned(page_size), kept.path.empty() ? kept.what : kept.path);
    });
    for (const fdt::MemoryBank& bank : input.host.memory) {
        visit(bank.range, bank.path);
    }
    for (const DeviceClaim& claim : claims.pages()) {
        visit(claim.pages, claim.path);
    }
}

class Dom0Devices {
  public:
    Dom0Devices(const PlanInput& input, const DeviceClaims& claims, Arena& arena,
                Findings& findings)
        : input_(input),
          claims_(claims),
          arena_(arena),
          findings_(findings),
          pages_(arena),
          prefetchable_(arena),
          devices_(arena),
          routes_(arena),
          mappings_(arena),
          streams_(arena),
          routed_(arena.allocate<bool>(fdt::first_spi + limits::spis)) {}

    DeviceShare make() {
        for (u32 i = 0; i < input_.config.devices.size() && !routed_.empty(); ++i) {
            if (claims_.is_left(i)) {
                add(input_.config.devices[i]);
            }
        }
        visit_barred(input_, claims_, [&](HostRange range, std::string_view) {
            pages_.remove(range);
            prefetchable_.remove(range);
        });
        add_mappings();
        return {devices_.items(), mappings_.items(), routes_.items(),
                merge_streams(streams_.items(), arena_)};
    }

  private:
    void add(const HostDevice& device) {
        ArenaVector<DeviceWindowPlan> windows(arena_);
        for (const HostRange& window : device.windows) {
            if (is_whole(device, window)) {
                windows.push_back({same_place(window), window.start()});
            }
            const HostRange pages = window.outer_aligned(page_size);
            const bool is_registers = device.mapping_type(pages) == mm::MappingType::device;
            (is_registers ? pages_ : prefetchable_).add(window);
        }
        for (const fdt::Interrupt& line : device.interrupts) {
            add_line(device, line);
        }
        add_streams(streams_, device);
        devices_.push_back(
            {device.path, {}, windows.items(), true, device.is_behind_smmu(), device.is_coherent});
    }

    /// Named once a window: the first reason will do.
    bool is_whole(const HostDevice& device, HostRange window) {
        if (!reachable().contains(window)) {
            findings_.add(rules::dom0_device, device.path, "reg",
                          "{} is past the end of a guest's addresses, {x}: Dom0 does not reach it",
                          window, guest_layout::address_end);
            return false;
        }
        bool whole = true;
        visit_barred(input_, claims_, [&](HostRange barred, std::string_view path) {
            if (whole && barred.overlaps(window.outer_aligned(page_size))) {
                findings_.add_other(rules::dom0_device, device.path, "reg", path,
                                    "Dom0 does not get the pages of {} that are those of {}, too",
                                    window, path);
                whole = false;
            }
        });
        return whole;
    }

    void add_line(const HostDevice& device, const fdt::Interrupt& line) {
        if (input_.host.console && input_.host.console->intid == line.intid) {
            findings_.add_other(rules::dom0_device, device.path, "interrupts",
                                input_.host.console->path,
                                "Dom0 does not get interrupt {}, which is that of {}, too",
                                line.intid, input_.host.console->path);
        } else if (!routed_[line.intid]) {
            routed_[line.intid] = true;
            routes_.push_back({line.intid, line.intid, device.path, line.edge});
        }
    }

    /// In the order of addresses. Where somebody has registers inside a prefetchable window, they
    /// are registers.
    void add_mappings() {
        for (const HostRange& piece : pages_.pieces()) {
            prefetchable_.remove(piece);
        }
        auto memory = prefetchable_.pieces();
        for (const HostRange& piece : pages_.pieces()) {
            while (!memory.empty() && memory.front().start() < piece.start()) {
                add_piece(memory.front(), mm::MappingType::device_nc);
                memory = memory.subspan(1);
            }
            add_piece(piece, mm::MappingType::device);
        }
        for (const HostRange& piece : memory) {
            add_piece(piece, mm::MappingType::device_nc);
        }
    }

    /// Neighbours have become one already, unless the pieces came from different devices.
    void add_piece(HostRange piece, mm::MappingType type) {
        const GuestRange guest = same_place(piece);
        if (!mappings_.empty() && mappings_[mappings_.size() - 1].guest.end() == guest.start() &&
            mappings_[mappings_.size() - 1].type == type) {
            GuestRange& below = mappings_[mappings_.size() - 1].guest;
            below = *GuestRange::between(below.start(), guest.end());
            return;
        }
        mappings_.push_back({guest, piece.start(), type, std::nullopt});
    }

    const PlanInput& input_;
    const DeviceClaims& claims_;
    Arena& arena_;
    Findings& findings_;
    PageSet pages_;         ///< with registers
    PageSet prefetchable_;  ///< with memory behind a PCI bridge
    ArenaVector<DevicePlan> devices_;
    ArenaVector<InterruptRoutePlan> routes_;
    ArenaVector<MappingPlan> mappings_;
    ArenaVector<fdt::StreamRange> streams_;
    std::span<bool> routed_;
};

}  // namespace

DeviceShare share_of_dom0(const PlanInput& input, const DeviceClaims& claims, Arena& arena,
                          Findings& findings) {
    return Dom0Devices(input, claims, arena, findings).make();
}

std::span<const GuestRange> reserved_for_dom0(const PlanInput& input,
                                              std::span<const DeviceShare> shares, Arena& arena) {
    PageSet pages(arena);
    for (const fdt::ReservedRange& reserved : input.host.reserved) {
        if (reserved.kind == fdt::ReservedRange::Kind::reserved_memory) {
            pages.add(reserved.range);
        }
    }
    visit_kept(input, [&](const KeptRange& kept) { pages.remove(kept.range); });
    for (const DomainConfig& domain : input.config.domains) {
        for (const auto& module : {domain.kernel, domain.ramdisk, domain.device_tree}) {
            pages.remove(module ? module->host : HostRange());  // it may begin or end in their page
        }
    }
    for (const HostDevice& device : input.config.devices) {
        for (const HostRange& window : device.windows) {
            pages.remove(window.outer_aligned(page_size));  // whoever has it, this is no memory
        }
    }
    for (const DeviceShare& share : shares) {
        for (const MappingPlan& mapping : share.mappings) {
            pages.remove(*HostRange::from(mapping.host, mapping.guest.size()));
        }
    }
    ArenaVector<GuestRange> ranges(arena);
    for (const HostRange& piece : pages.pieces()) {
        ranges.push_back(same_place(piece));
    }
    return ranges.items();
}

}  // namespace isthmus::dom0less
