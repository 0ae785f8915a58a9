// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/emulation.hpp"

#include <algorithm>

#include "dom0less/devices/spare_window.hpp"
#include "dom0less/devices/statistics.hpp"
#include "dom0less/devices/status_pages.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/signals/channels.hpp"
#include "dom0less/signals/doorbells.hpp"
#include "dom0less/signals/xen_interface.hpp"
#include "fdt/interrupts.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"
#include "shm/plan_region.hpp"

namespace isthmus::dom0less {
namespace {

/// Which shared interrupts of a domain have a user.
class UsedInterrupts {
  public:
    void add(u32 intid) {
        if (intid < used_.size()) {
            used_[intid] = true;
        }
    }
    void add_lines_of(const HostDevice& device) {
        for (const fdt::Interrupt& line : device.interrupts) {
            add(line.intid);
        }
    }
    /// The lowest that nobody has, from now on in use.
    std::optional<u32> take() {
        for (u32 intid = guest_layout::first_free_intid; intid < used_.size(); ++intid) {
            if (!used_[intid]) {
                used_[intid] = true;
                return intid;
            }
        }
        return std::nullopt;
    }

  private:
    std::array<bool, fdt::first_spi + limits::spis> used_{};
};

UsedInterrupts used_by_the_machines(const PlanInput& input, const DomainConfig& domain) {
    UsedInterrupts used;
    if (domain.direct_map) {
        for (const HostDevice& device : input.config.devices) {
            used.add_lines_of(device);
        }
        if (input.host.console && input.host.console->intid) {
            used.add(*input.host.console->intid);
        }
    }
    for (const AssignedDeviceConfig& assigned : domain.assigned) {
        if (assigned.host_device) {
            used.add_lines_of(input.config.devices[*assigned.host_device]);
        }
    }
    return used;
}

/// Places one domain's devices, and gives its doorbells their interrupts.
class Placer {
  public:
    Placer(const PlanInput& input, const DomainConfig& domain, std::span<const DeviceKind> kinds,
           std::optional<GuestRange> spare, Arena& arena, Findings& findings)
        : input_(input),
          domain_(domain),
          kinds_(kinds),
          spare_(spare),
          arena_(arena),
          findings_(findings),
          used_(used_by_the_machines(input, domain)) {}

    /// Those that its node asks for, and a block of GPIO lines for each four doorbells.
    std::span<const EmulatedDevicePlan> devices(usize doorbells) {
        const usize blocks = gpio_blocks(doorbells);
        wanted_.reserve(domain_.emulated.size() + blocks);
        for (const EmulatedConfig& config : domain_.emulated) {
            add(config, 0);
        }
        for (u32 i = 0; i < blocks; ++i) {
            add({EmulatedKind::gpio, "isthmus,doorbell"}, i);
        }
        ArenaVector<EmulatedDevicePlan> devices(arena_);
        for (Wanted& wanted : wanted_) {
            const DeviceKind& kind = kind_of(wanted.config);
            if (!wanted.place.why_not.empty()) {
                if (wanted.number == 0) {  // another's place would be no better
                    findings_.add(rules::direct_map, domain_.path, wanted.config.asked_by, "{}",
                                  wanted.place.why_not);
                }
                continue;
            }
            choose_interrupts(wanted.config, wanted.place);
            devices.push_back({wanted.config.kind, wanted.number, kind.name,
                               copy(wanted.place.registers), copy(wanted.place.interrupts)});
        }
        check_frames(devices.items());
        return devices.items();
    }

    /// After the devices, whose numbers may be settled.
    void choose_doorbells(std::span<DoorbellPlan> bells) {
        for (usize i = 0; i < bells.size(); ++i) {
            if (i != 0 && bells[i].region == bells[i - 1].region) {
                bells[i].intid = bells[i - 1].intid;
            } else {
                choose_interrupt("isthmus,doorbell", "the doorbells of a region", bells[i].intid);
            }
        }
    }

  private:
    struct Wanted {
        EmulatedConfig config;
        u32 number = 0;
        EmulatedPlace place;
    };

    const DeviceKind& kind_of(const EmulatedConfig& config) const {
        return kinds_[static_cast<usize>(config.kind)];
    }

    /// Numbers that a kind insists on come before those that are chosen.
    void add(const EmulatedConfig& config, u32 number) {
        const EmulatedPlace place =
            kind_of(config).place({input_.host, domain_.direct_map, number, spare_});
        for (const u32 intid : place.interrupts) {
            used_.add(intid);
        }
        wanted_.push_back({config, number, place});
    }

    void choose_interrupts(const EmulatedConfig& config, EmulatedPlace& place) {
        for (u32& intid : place.interrupts) {
            if (intid == any_interrupt &&
                !choose_interrupt(config.asked_by, kind_of(config).what, intid)) {
                return;
            }
        }
    }

    bool choose_interrupt(std::string_view asked_by, std::string_view what, u32& intid) {
        const auto free = used_.take();
        if (!free) {
            findings_.add(rules::limit, domain_.path, asked_by,
                          "no shared interrupt is left for {}", what);
            return false;
        }
        intid = *free;
        return true;
    }

    void check_frames(std::span<const EmulatedDevicePlan> devices) {
        usize frames = 0;
        for (const EmulatedDevicePlan& device : devices) {
            frames += device.registers.size();
        }
        if (frames > limits::emulated_frames) {
            findings_.add(rules::limit, domain_.path, {},
                          "its emulated devices have {} ranges of registers, more than {}", frames,
                          limits::emulated_frames);
        }
    }

    template <class T, usize N>
    std::span<const T> copy(const StaticVector<T, N>& items) {
        ArenaVector<T> list(arena_);
        for (const T& item : items) {
            list.push_back(item);
        }
        return list.items();
    }

    const PlanInput& input_;
    const DomainConfig& domain_;
    std::span<const DeviceKind> kinds_;
    std::optional<GuestRange> spare_;
    Arena& arena_;
    Findings& findings_;
    UsedInterrupts used_;
    ArenaVector<Wanted> wanted_{arena_};
};

/// It has something that the machine has nothing like.
bool needs_spare(const DomainConfig& domain, std::span<const DeviceKind> kinds, usize places) {
    return domain.has_xen_interface || places != 0 ||
           std::ranges::any_of(domain.emulated, [&](const EmulatedConfig& device) {
               return kinds[static_cast<usize>(device.kind)].is_spare;
           });
}

bool names_channels(const shm::NodeConfig& node) {
    return !node.notifications.empty();
}

/// Of each of the domain's shared-memory nodes; empty where none names an event channel.
std::span<const std::span<const u32>> plan_event_ports(const DomainConfig& domain,
                                                       std::span<const ChannelEndPlan> channels,
                                                       std::span<const shm::RegionDraft> drafts,
                                                       Arena& arena, Findings& findings) {
    ArenaVector<std::span<const u32>> ports(arena);
    if (std::ranges::none_of(domain.shared, names_channels)) {
        return {};
    }
    for (const shm::NodeConfig& node : domain.shared) {
        std::span<const u32> of_node;
        for (const shm::RegionDraft& draft : drafts) {
            if (names_channels(node) && draft.id == node.id) {
                of_node = plan_notifications(node, domain, channels, shm::parties_of(draft, arena),
                                             arena, findings);
            }
        }
        ports.push_back(of_node);
    }
    return ports.items();
}

}  // namespace

std::span<const Emulation> plan_emulation(const PlanInput& input,
                                          std::span<const shm::RegionDraft> drafts,
                                          std::span<const DeviceKind> kinds, Arena& arena,
                                          Findings& findings) {
    const auto& domains = input.config.domains;
    const std::span<Emulation> all = arena.allocate<Emulation>(domains.size());
    const auto bells = plan_doorbells(domains, drafts, arena, findings);
    if (bells.size() != domains.size()) {
        return {};  // the arena is used up; the planner reports that
    }
    std::optional<GuestRange> spare;
    for (usize i = 0; i < all.size(); ++i) {
        const DomainConfig& domain = domains[i];
        const usize pages = count_status_pages(static_cast<u32>(i), drafts);
        const usize regions = pages + (domain.statistics ? 1 : 0);
        if (domain.direct_map && !spare && needs_spare(domain, kinds, bells[i].size() + regions)) {
            spare = find_spare_window(input);
        }
        const auto channels = plan_channels(input.config, domain, arena, findings);
        all[i].xen = plan_xen_interface(domain, channels, guest_ram(domain, arena), spare);
        all[i].event_ports = plan_event_ports(domain, channels, drafts, arena, findings);
        const auto places = spare ? devices_of(*spare) : spare;
        all[i].status_pages = place_status_pages(domain, pages, places, arena, findings);
        all[i].statistics = place_statistics(input, domain, places, findings);
        Placer placer(input, domain, kinds, places, arena, findings);
        all[i].devices = placer.devices(bells[i].size());
        placer.choose_doorbells(bells[i]);
        all[i].doorbells = bells[i];
        all[i].gic = plan_gic(input.host, domain, all[i]);
    }
    return all;
}

}  // namespace isthmus::dom0less
