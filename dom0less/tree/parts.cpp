// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/parts.hpp"

#include <algorithm>

#include "dom0less/emulated/kind.hpp"
#include "fdt/interrupts.hpp"
#include "isthmus/counter_erratum.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::TreeWriter;

// GIC binding: interrupt types and flags.
constexpr u32 type_spi = 0;
constexpr u32 type_ppi = 1;
constexpr u32 edge_rising = 1;
constexpr u32 level_high = 4;
/// Level low, for all eight CPUs of a GICv2: what Xen's guests see, and GICv3 ignores the mask.
constexpr u32 ppi_flags = 0xf08;
constexpr u32 all_cpus = 0xf00;

constexpr u32 ppi(u32 intid) {
    return intid - fdt::first_ppi;
}

constexpr usize most_interrupt_cells = 8;

using Cells = StaticVector<u32, limits::emulated_interrupts * most_interrupt_cells>;

void add_interrupt(Cells& cells, const TreeContext& context, u32 type, u32 number, u32 flags) {
    static_cast<void>(cells.push_back(type));
    static_cast<void>(cells.push_back(number));
    static_cast<void>(cells.push_back(flags));
    for (u32 i = 3; i < context.interrupt_cells && i < most_interrupt_cells; ++i) {
        static_cast<void>(cells.push_back(0));
    }
}

void write_interrupt(TreeWriter& tree, const TreeContext& context, u32 type, u32 number,
                     u32 flags) {
    Cells cells;
    add_interrupt(cells, context, type, number, flags);
    tree.cells("interrupts", cells.items());
    tree.cells("interrupt-parent", {context.gic_phandle});
}

/// `reg`, `interrupts` and what its kind says.
void write_device(TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                  const EmulatedDevicePlan& device, const TreeContext& context) {
    const DeviceKind& kind = device_kind(device.kind);
    StaticVector<u64, 2 * limits::emulated_frames> pairs;
    for (const GuestRange& frame : device.registers) {
        static_cast<void>(pairs.push_back(frame.start().raw()));
        static_cast<void>(pairs.push_back(frame.size()));
    }
    tree.begin_node(kind.node_name, device.registers[0].start().raw());
    if (kind.compatible_more.empty()) {
        tree.text("compatible", kind.compatible);
    } else {
        tree.texts("compatible", {kind.compatible, kind.compatible_more});
    }
    write_reg(tree, context.cells, pairs.items());
    if (!device.interrupts.empty()) {
        Cells cells;
        for (const u32 intid : device.interrupts) {
            add_interrupt(cells, context, type_spi, intid - fdt::first_spi, all_cpus | level_high);
        }
        tree.cells("interrupts", cells.items());
        tree.cells("interrupt-parent", {context.gic_phandle});
    }
    if (kind.write_more != nullptr) {
        kind.write_more(tree, {plan, domain, device, context.clock_phandle});
    }
    tree.end_node();
}

}  // namespace

void write_reg(TreeWriter& tree, fdt::CellCounts cells, std::span<const u64> pairs) {
    tree.numbers("reg", pairs, cells.address, cells.size);
}

void write_chosen(TreeWriter& tree, const DomainPlan& domain, std::string_view own_console) {
    if (!domain.bootargs.empty()) {
        tree.text("bootargs", domain.bootargs);
    }
    if (domain.ramdisk) {
        tree.cells64("linux,initrd-start", {domain.ramdisk_target.start().raw()});
        tree.cells64("linux,initrd-end", {domain.ramdisk_target.end().raw()});
    }
    if (const auto path = console_path(domain); !path.view().empty()) {
        tree.text("stdout-path", path.view());
    } else if (!own_console.empty()) {
        tree.text("stdout-path", own_console);
    }
}

void write_cpu(TreeWriter& tree, const VcpuPlan& vcpu, const fdt::HostDescription& host,
               const fdt::Node* same) {
    const std::string_view compatible = host.cpus[vcpu.host_cpu].compatible;
    tree.begin_node("cpu", vcpu.mpidr);
    tree.text("compatible", compatible.empty() ? "arm,armv8" : compatible);
    tree.text("device_type", "cpu");
    tree.cells("reg", {static_cast<u32>(vcpu.mpidr)});
    tree.text("enable-method", "psci");
    if (same != nullptr && same->phandle() != 0) {
        tree.cells("phandle", {same->phandle()});
        if (const auto cells = same->property("#cooling-cells")) {
            tree.bytes("#cooling-cells", cells->value);
        }
    }
    tree.end_node();
}

void write_timer_interrupts(TreeWriter& tree, const TreeContext& context) {
    using namespace guest_layout;
    Cells cells;
    for (const u32 intid : {timer_secure_intid, timer_physical_intid, timer_virtual_intid}) {
        add_interrupt(cells, context, type_ppi, ppi(intid), ppi_flags);
    }
    tree.cells("interrupts", cells.items());
    tree.cells("interrupt-parent", {context.gic_phandle});
}

void write_clock(TreeWriter& tree, const fdt::HostDescription& host) {
    if (!host.timer) {
        return;
    }
    if (host.timer->clock_frequency != 0) {
        tree.cells("clock-frequency", {host.timer->clock_frequency});
    }
    for (const NamedCounterErratum& named : named_counter_errata) {
        if ((host.timer->errata & named.erratum) != 0) {
            tree.empty(named.property);
        }
    }
}

void write_psci(TreeWriter& tree) {
    tree.begin_node("psci");
    tree.texts("compatible", {"arm,psci-1.0", "arm,psci-0.2", "arm,psci"});
    tree.text("method", "hvc");
    // Function IDs for drivers of PSCI 0.1; those of later versions ignore them.
    tree.cells("cpu_off", {1});
    tree.cells("cpu_on", {2});
    tree.end_node();
}

TextBuffer<64> console_path(const DomainPlan& domain) {
    TextBuffer<64> path;
    for (const EmulatedDevicePlan& device : domain.emulated) {
        const DeviceKind& kind = device_kind(device.kind);
        if (kind.is_console && path.view().empty()) {
            path.write("/");
            const u64 start = device.registers[0].start().raw();
            path.write(TreeWriter::unit_name(kind.node_name, start).view());
        }
    }
    return path;
}

u32 choose_clock_phandle(const DomainPlan& domain, const fdt::Tree* others, u32 gic_phandle) {
    const bool wanted = std::ranges::any_of(domain.emulated, [](const EmulatedDevicePlan& device) {
        return device_kind(device.kind).needs_clock;
    });
    if (!wanted) {
        return 0;
    }
    u32 phandle = guest_layout::first_own_phandle;
    while (phandle == gic_phandle || (others != nullptr && others->find_phandle(phandle))) {
        ++phandle;
    }
    return phandle;
}

void write_edge_interrupt(TreeWriter& tree, const TreeContext& context, u32 intid) {
    write_interrupt(tree, context, type_spi, intid - fdt::first_spi, all_cpus | edge_rising);
}

void write_private_interrupt(TreeWriter& tree, const TreeContext& context, u32 intid) {
    write_interrupt(tree, context, type_ppi, ppi(intid), ppi_flags);
}

void write_emulated(TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                    const TreeContext& context) {
    for (const EmulatedDevicePlan& device : domain.emulated) {
        write_device(tree, plan, domain, device, context);
    }
    if (context.clock_phandle != 0) {
        constexpr u32 hertz = 24'000'000;  // of nothing: drivers only ask whether it is there
        tree.begin_node("isthmus-clock");
        tree.text("compatible", "fixed-clock");
        tree.cells("#clock-cells", {0});
        tree.cells("clock-frequency", {hertz});
        tree.cells("phandle", {context.clock_phandle});
        tree.end_node();
    }
}

}  // namespace isthmus::dom0less
