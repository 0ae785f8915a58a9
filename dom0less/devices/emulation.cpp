// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/emulation.hpp"

#include "dom0less/plan/rules.hpp"
#include "fdt/interrupts.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"

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

/// Places one domain's devices.
class Placer {
  public:
    Placer(const PlanInput& input, const DomainConfig& domain, std::span<const DeviceKind> kinds,
           Arena& arena, Findings& findings)
        : input_(input),
          domain_(domain),
          kinds_(kinds),
          arena_(arena),
          findings_(findings),
          used_(used_by_the_machines(input, domain)) {}

    std::span<const EmulatedDevicePlan> devices() {
        const std::span<EmulatedPlace> places =
            arena_.allocate<EmulatedPlace>(domain_.emulated.size());
        // Numbers that a kind insists on come before those that are chosen.
        for (usize i = 0; i < places.size(); ++i) {
            places[i] = kind_of(domain_.emulated[i]).place({input_.host, domain_.direct_map});
            for (const u32 intid : places[i].interrupts) {
                used_.add(intid);
            }
        }
        ArenaVector<EmulatedDevicePlan> devices(arena_);
        for (usize i = 0; i < places.size(); ++i) {
            const EmulatedConfig& config = domain_.emulated[i];
            if (places[i].why_not.empty()) {
                choose_interrupts(config, places[i]);
                devices.push_back({config.kind, kind_of(config).name, copy(places[i].registers),
                                   copy(places[i].interrupts)});
            } else {
                findings_.add(rules::direct_map, domain_.path, config.asked_by, "{}",
                              places[i].why_not);
            }
        }
        check_frames(devices.items());
        return devices.items();
    }

  private:
    const DeviceKind& kind_of(const EmulatedConfig& config) const {
        return kinds_[static_cast<usize>(config.kind)];
    }

    void choose_interrupts(const EmulatedConfig& config, EmulatedPlace& place) {
        for (u32& intid : place.interrupts) {
            if (intid != any_interrupt) {
                continue;
            }
            const auto free = used_.take();
            if (!free) {
                findings_.add(rules::limit, domain_.path, config.asked_by,
                              "no shared interrupt is left for {}", kind_of(config).what);
                return;
            }
            intid = *free;
        }
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
    Arena& arena_;
    Findings& findings_;
    UsedInterrupts used_;
};

}  // namespace

std::span<const Emulation> plan_emulation(const PlanInput& input, std::span<const DeviceKind> kinds,
                                          Arena& arena, Findings& findings) {
    const auto& domains = input.config.domains;
    const std::span<Emulation> all = arena.allocate<Emulation>(domains.size());
    for (usize i = 0; i < all.size(); ++i) {
        all[i].devices = Placer(input, domains[i], kinds, arena, findings).devices();
        all[i].gic = plan_gic(input.host, domains[i], all[i].devices);
    }
    return all;
}

}  // namespace isthmus::dom0less
