// SPDX-License-Identifier: Apache-2.0
// What Isthmus keeps of the machine's addresses: nothing that is mapped into a guest as a device
// may touch a page of it. One list, for all who hand out device pages. Internal to the room.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "dom0less/read/plan_input.hpp"

namespace isthmus::dom0less {

struct KeptRange {
    HostRange range;        ///< as the tree has it, or the driver uses it: not always whole pages
    std::string_view what;  ///< for a finding
    std::string_view path;  ///< of the node; empty for image and boot tree

    bool touches(HostRange pages) const {
        return range.outer_aligned(page_size).overlaps(pages.outer_aligned(page_size));
    }
};

/// Registers that Isthmus itself works with: interrupt controller, console, SMMUs.
template <class Visit>
void visit_driven(const fdt::HostDescription& host, Visit&& visit) {
    const auto show = [&](HostRange range, std::string_view what, std::string_view path) {
        if (!range.empty()) {
            visit(KeptRange{range, what, path});
        }
    };
    if (host.gic) {
        const fdt::Gic& gic = *host.gic;
        show(gic.distributor, "the interrupt distributor", gic.path);
        for (const HostRange& region : gic.redistributors) {
            show(region, "the redistributors", gic.path);
        }
        if (gic.version == 2) {
            show(gic.cpu_interface, "the CPU interface", gic.path);
            show(gic.hypervisor_interface, "the hypervisor's interface", gic.path);
        }
    }
    if (host.console) {
        show(host.console->registers, "the console", host.console->path);
    }
    for (const fdt::Smmu& smmu : host.smmus) {
        show(smmu.registers, "the SMMU", smmu.path);
    }
}

/// All that is kept, RAM aside: these registers, those of other devices that nobody is given
/// (is_own_device), the image, the boot tree and the arena, wherever they are.
template <class Visit>
void visit_kept(const PlanInput& input, Visit&& visit) {
    visit_driven(input.host, visit);
    for (const HostDevice& device : input.config.devices) {
        for (const HostRange& window : device.windows) {
            if (device.is_own) {
                visit(KeptRange{window, "registers", device.path});
            }
        }
    }
    if (!input.image.empty()) {
        visit(KeptRange{input.image, "the image of Isthmus", {}});
    }
    if (!input.boot_tree.empty()) {
        visit(KeptRange{input.boot_tree, "the boot tree", {}});
    }
    if (!input.arena.empty()) {
        visit(KeptRange{input.arena, "the memory that Isthmus plans in", {}});
    }
}

/// Rule host-device-overlap: registers that Isthmus works with, or that every guest reaches (a
/// GICv2's virtual CPU interface), lie over each other, in RAM, or over the registers of a device.
void check_machine_registers(const PlanInput& input, Findings& findings);

}  // namespace isthmus::dom0less
