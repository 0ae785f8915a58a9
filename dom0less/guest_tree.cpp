// SPDX-License-Identifier: Apache-2.0
#include "dom0less/guest_tree.hpp"

#include "dom0less/guest_tree_shared.hpp"
#include "fdt/interrupts.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::TreeWriter;

// GIC binding: interrupt types and flags.
constexpr u32 type_spi = 0;
constexpr u32 type_ppi = 1;
constexpr u32 level_high = 4;
/// Level low, for all eight CPUs of a GICv2: what Xen's guests see, and GICv3 ignores the mask.
constexpr u32 ppi_flags = 0xf08;
constexpr u32 all_cpus = 0xf00;

constexpr u32 ppi(u32 intid) {
    return intid - fdt::first_ppi;
}

constexpr std::string_view uart_name = "sbsa-uart";

void write_chosen(TreeWriter& tree, const DomainPlan& domain) {
    tree.begin_node("chosen");
    if (!domain.bootargs.empty()) {
        tree.text("bootargs", domain.bootargs);
    }
    if (domain.ramdisk) {
        tree.cells64("linux,initrd-start", {domain.ramdisk_target.start().raw()});
        tree.cells64("linux,initrd-end", {domain.ramdisk_target.end().raw()});
    }
    if (domain.uart) {
        TextBuffer<64> path;
        path.write("/");
        path.write(TreeWriter::unit_name(uart_name, domain.uart->registers.start().raw()).view());
        tree.text("stdout-path", path.view());
    }
    tree.end_node();
}

void write_cpus(TreeWriter& tree, const DomainPlan& domain, const fdt::HostDescription& host) {
    tree.begin_node("cpus");
    tree.cells("#address-cells", {1});
    tree.cells("#size-cells", {0});
    for (const VcpuPlan& vcpu : domain.vcpus) {
        const std::string_view compatible = host.cpus[vcpu.host_cpu].compatible;
        tree.begin_node("cpu", vcpu.mpidr);
        tree.text("compatible", compatible.empty() ? "arm,armv8" : compatible);
        tree.text("device_type", "cpu");
        tree.cells("reg", {static_cast<u32>(vcpu.mpidr)});
        tree.text("enable-method", "psci");
        tree.end_node();
    }
    tree.end_node();
}

void write_gic(TreeWriter& tree, const GuestGicPlan& gic) {
    const bool v3 = gic.version != 2;
    const GuestRange& second = v3 ? gic.redistributors : gic.cpu_interface;
    tree.begin_node("interrupt-controller", gic.distributor.start().raw());
    tree.cells("#address-cells", {0});
    tree.cells("#interrupt-cells", {3});
    tree.empty("interrupt-controller");
    tree.text("compatible", v3 ? "arm,gic-v3" : "arm,gic-400");
    if (v3) {
        tree.cells("#redistributor-regions", {1});
    }
    tree.cells64("reg", {gic.distributor.start().raw(), gic.distributor.size(),
                         second.start().raw(), second.size()});
    tree.cells("linux,phandle", {guest_layout::gic_phandle});
    tree.cells("phandle", {guest_layout::gic_phandle});
    tree.end_node();
}

void write_timer(TreeWriter& tree) {
    using namespace guest_layout;
    tree.begin_node("timer");
    tree.text("compatible", "arm,armv8-timer");
    tree.cells("interrupts",
               {type_ppi, ppi(timer_secure_intid), ppi_flags, type_ppi, ppi(timer_physical_intid),
                ppi_flags, type_ppi, ppi(timer_virtual_intid), ppi_flags});
    tree.cells("interrupt-parent", {gic_phandle});
    tree.end_node();
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

void write_uart(TreeWriter& tree, const UartPlan& uart) {
    tree.begin_node(uart_name, uart.registers.start().raw());
    tree.text("compatible", "arm,sbsa-uart");
    tree.cells64("reg", {uart.registers.start().raw(), uart.registers.size()});
    tree.cells("interrupts", {type_spi, uart.intid - fdt::first_spi, all_cpus | level_high});
    tree.cells("interrupt-parent", {guest_layout::gic_phandle});
    tree.cells("current-speed", {115200});
    tree.end_node();
}

}  // namespace

Result<std::span<const std::byte>> write_guest_tree(const Plan& plan, const DomainPlan& domain,
                                                    const fdt::HostDescription& host,
                                                    std::span<std::byte> buffer) {
    TreeWriter tree(buffer);
    tree.cells("#address-cells", {2});
    tree.cells("#size-cells", {2});
    tree.text("compatible", "isthmus,guest");
    tree.text("model", "Isthmus guest");
    write_chosen(tree, domain);
    write_cpus(tree, domain, host);
    write_memory(tree, domain);
    write_reserved_memory(tree, plan, domain);
    write_gic(tree, domain.gic);
    write_timer(tree);
    write_psci(tree);
    if (domain.uart) {
        write_uart(tree, *domain.uart);
    }
    write_pmem(tree, domain);
    return tree.finish();
}

}  // namespace isthmus::dom0less
